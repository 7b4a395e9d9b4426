import type { DnsData, DnsResult, DnsType, ResolveOptions } from "../../src/model/dns.ts";
import type { Memory, ProbeIo } from "../../src/model/probe.ts";

/** An answer in short: a status, or the data of the records. */
export type FakeAnswer =
  | Exclude<DnsResult["status"], "ok">
  | readonly DnsData[DnsType][]
  | { readonly aliases: readonly string[]; readonly records?: readonly DnsData[DnsType][] };

export type FakeZone = (
  name: string,
  type: DnsType,
  options?: ResolveOptions,
) => FakeAnswer | Promise<FakeAnswer>;

export interface FakeIo extends ProbeIo {
  /** `name type` of each look-up. */
  readonly asked: string[];
  /** Lines of the transcript, and phases as `phase:outcome`. */
  readonly said: string[];
  /** Lets time pass. */
  pass(ms: number): void;
}

/** The long form of an answer; details name what was asked, as a careless resolver would. */
function expand(name: string, type: DnsType, answer: FakeAnswer): DnsResult {
  const base = { durationMs: 1, extendedErrors: [] };
  if (answer === "nxdomain" || answer === "nodata") {
    return { ...base, status: answer, aliases: [], authenticated: false };
  }
  if (typeof answer === "string") return { ...base, status: answer, detail: `${answer} for ${name}` };
  const { aliases, records = [] } = "aliases" in answer ? answer : { aliases: [], records: answer };
  if (records.length === 0) return { ...base, status: "nodata", aliases, authenticated: false };
  const full = records.map((data) => ({ name, type, ttl: 60, data }));
  return { ...base, status: "ok", records: full, aliases, authenticated: false };
}

/** A memory as the engine keeps it: values pass through JSON. */
export function fakeMemory(): Memory {
  const values = new Map<string, string>();
  return {
    recall: (key) => {
      const json = values.get(key);
      return json === undefined ? undefined : (JSON.parse(json) as unknown);
    },
    remember: (key, value) => values.set(key, JSON.stringify(value)),
  };
}

/** A `ProbeIo` without network, on a clock that stands still until told: for tests of probes. */
export function fakeIo(zone: FakeZone, parts: Partial<ProbeIo> = {}): FakeIo {
  let ms = 1_000_000;
  const asked: string[] = [];
  const said: string[] = [];
  const { signal = new AbortController().signal } = parts;
  const resolve = async (name: string, type: DnsType, options?: ResolveOptions): Promise<DnsResult> => {
    asked.push(`${name} ${type}`);
    signal.throwIfAborted();
    return expand(name, type, await zone(name, type, options));
  };
  return {
    asked,
    said,
    pass: (more) => {
      ms += more;
    },
    // The answers are of the type asked for, which the compiler cannot see.
    resolve: resolve as ProbeIo["resolve"],
    dialSmtp: () => Promise.reject(new Error("no SMTP in this test")),
    composeSeed: () => Promise.reject(new Error("no message in this test")),
    clock: { now: () => ms, monotonic: () => ms },
    memory: fakeMemory(),
    phases: {
      elapsed: () => 0,
      begin: (name) => {
        let open = true;
        return (outcome = "ok") => {
          if (open) said.push(`${name}:${outcome}`);
          open = false;
        };
      },
      say: (side, text) => said.push(`${side} ${text}`),
    },
    ...parts,
    signal,
  };
}
