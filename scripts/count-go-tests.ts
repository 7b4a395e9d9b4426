import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

/**
 * Reads what `go test -json` writes, shows a line a package and the whole output of what failed, and closes with
 * `passed failed skipped` on standard output; everything else goes to standard error. A test with subtests counts as
 * its subtests, one that never ended as failed; a package that failed without a failed test (such as one that does not compile) counts as one failure.
 */
interface Event {
  readonly Action: string;
  readonly Package?: string;
  readonly ImportPath?: string;
  readonly Test?: string;
  readonly Output?: string;
  readonly Elapsed?: number;
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export interface GoTests extends Readonly<Counts> {
  /** For a person. */
  readonly text: string;
}

const ENDS: ReadonlySet<string> = new Set(["pass", "fail", "skip"]);

export function countGoTests(lines: Iterable<string>): GoTests {
  const counter = new Counter();
  for (const line of lines) counter.add(line);
  return counter.result();
}

class Counter {
  readonly #results = new Map<string, { pkg: string; action: string }>();
  readonly #outputs = new Map<string, string[]>();
  readonly #packages: { name: string; action: string; seconds: number }[] = [];
  readonly #stray: string[] = [];

  add(line: string): void {
    const event = parse(line);
    if (event === undefined) {
      if (line.trim() !== "") this.#stray.push(line);
      return;
    }
    const pkg = event.Package ?? event.ImportPath ?? "";
    const key = event.Test === undefined ? pkg : `${pkg} ${event.Test}`;
    if (event.Output !== undefined) {
      const output = this.#outputs.get(key) ?? [];
      output.push(event.Output);
      this.#outputs.set(key, output);
    } else if (event.Action === "run") {
      // Until it ends: a panic of another test, or a timeout, leaves it without an end.
      this.#results.set(key, { pkg, action: "fail" });
    } else if (ENDS.has(event.Action)) {
      if (event.Test !== undefined) this.#results.set(key, { pkg, action: event.Action });
      else this.#packages.push({ name: pkg, action: event.Action, seconds: event.Elapsed ?? 0 });
    }
  }

  result(): GoTests {
    const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
    const text = [...this.#stray];
    const ends = [...this.#results];
    const failing = ends.filter(([, { action }]) => action === "fail");
    for (const [key, { action }] of ends) {
      // A failure of the parent alone is its own; else its subtests are counted in its place.
      const below = (action === "fail" ? failing : ends).some(([other]) => other.startsWith(`${key}/`));
      if (below) continue;
      if (action === "pass") counts.passed++;
      else if (action === "skip") counts.skipped++;
      else counts.failed++;
      if (action !== "pass") text.push(this.#output(key));
    }
    for (const { name, action, seconds } of this.#packages) {
      const own = ends.filter(([, { pkg }]) => pkg === name);
      const broken = action === "fail" && !own.some(([, end]) => end.action === "fail");
      if (broken) {
        counts.failed++;
        text.push(this.#buildOutput(name));
      }
      if (own.length > 0 || action === "fail")
        text.push(`${action === "pass" ? "ok  " : action.toUpperCase()} ${name} ${seconds.toFixed(1)} s`);
    }
    return { ...counts, text: text.join("\n") };
  }

  #output(key: string): string {
    return (this.#outputs.get(key) ?? []).join("").trimEnd();
  }

  /** The compiler tells of a package under its import path, and of a test binary as `path [path.test]`. */
  #buildOutput(name: string): string {
    return [...this.#outputs]
      .filter(([key]) => key === name || key.startsWith(`${name} [`) || key.startsWith(`${name}.test`))
      .map(([key]) => this.#output(key))
      .join("\n");
  }
}

function parse(line: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "Action" in value ? (value as Event) : undefined;
  } catch {
    return undefined;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const lines: string[] = [];
  for await (const line of createInterface({ input: process.stdin })) lines.push(line);
  const { passed, failed, skipped, text } = countGoTests(lines);
  console.error(text);
  console.log(passed, failed, skipped);
}
