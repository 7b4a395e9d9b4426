import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runK6 } from "../../support/k6.ts";
import { type MailgaugeSink, startMailgaugeSink } from "../../support/servers/mailgauge-sink.ts";
import { poll } from "../../support/servers/ports.ts";

/** A corpus is read while it is sent: what k6 needs in memory does not depend on how large it is. */
const MEGABYTE = 1_000_000;
const KINDS = 10;

let sink: MailgaugeSink;
let folder: string;

beforeAll(async () => {
  sink = await startMailgaugeSink();
  folder = mkdtempSync(join(tmpdir(), "mailgauge-corpus-"));
});
afterAll(async () => {
  await sink?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** So many .eml files of one megabyte, which are names of ten: 2 GB take no more than 10 MB of the disk. */
function corpusOf(files: number): string {
  const corpus = join(folder, `${files}`);
  mkdirSync(corpus);
  const name = (file: number): string => join(corpus, `${file}.eml`);
  const line = `${"x".repeat(76)}\r\n`;
  for (let kind = 0; kind < KINDS; kind++)
    writeFileSync(name(kind), `Subject: ${kind}\r\n\r\n${line.repeat(MEGABYTE / line.length)}`);
  for (let file = KINDS; file < files; file++) linkSync(name(file % KINDS), name(file));
  return corpus;
}

/** Sends messages of the corpus, and gives their octets and the most memory that k6 took, in kilobytes. */
async function send(corpus: string): Promise<{ readonly accepted: number; readonly peak: number }> {
  let peak = 0;
  let isOver = false;
  let watched: Promise<unknown> = Promise.resolve();
  const watch = (pid: number): void => {
    const look = async (): Promise<true | undefined> => {
      peak = Math.max(peak, memoryOf(pid));
      return isOver || undefined;
    };
    watched = poll(look, AbortSignal.timeout(60_000));
  };
  const parameters = { SMTP_PORT: sink.ports.smtp, CORPUS: corpus, RATE: 100, DURATION: "3s", VUS: 5 };
  const run = await runK6("loadtests/scenarios/mixed.ts", parameters, { onStart: watch });
  isOver = true;
  await watched;
  expect(run.counts.errors, run.log).toEqual({});
  return { accepted: run.counts.messages["accepted"] ?? 0, peak };
}

/** The largest resident set so far; 0 when the process is gone. */
function memoryOf(pid: number): number {
  try {
    return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

describe("a corpus of 2 GB", { timeout: 120_000 }, () => {
  it("takes no more memory than one of 10 MB", async () => {
    const small = await send(corpusOf(KINDS));
    const large = await send(corpusOf(2_000));
    for (const { accepted } of [small, large]) expect(accepted).toBeGreaterThan(100);
    expect(small.peak).toBeGreaterThan(0);
    expect(large.peak / small.peak).toBeLessThan(1.5);
  });
});
