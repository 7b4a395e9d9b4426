import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadtest } from "../../support/loadtest-command.ts";
import { type MailgaugeSink, startMailgaugeSink } from "../../support/servers/mailgauge-sink.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-bad-"));
let sink: MailgaugeSink;
let relay: readonly string[];

beforeAll(async () => {
  sink = await startMailgaugeSink();
  relay = ["--relay", `smtp://127.0.0.1:${sink.ports.smtp}`, "--insecure"];
  writeFileSync(join(folder, "text.pem"), "no certificate\n");
});
afterAll(async () => {
  await sink?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Nothing listens on port 1 of loopback. */
const NOBODY = "http://127.0.0.1:1";

describe("bad input of mailgauge loadtest", () => {
  it.each<[string, readonly string[], number, RegExp]>([
    ["an empty corpus", ["mixed", "--corpus", folder], 64, /^CORPUS: the folder .* has no \.eml file$/],
    [
      "a corpus that is not there",
      ["mixed", "--corpus", join(folder, "none")],
      64,
      /^CORPUS: cannot read the folder: .*: no such file or directory$/,
    ],
    [
      "a sink that does not answer",
      ["delivery", "-e", `SINK_URL=${NOBODY}`],
      3,
      /^no mailgauge-sink answers at http:\/\/127\.0\.0\.1:1: .+$/,
    ],
    [
      "the same for back-pressure",
      ["backpressure", "-e", `SINK_URL=${NOBODY}`],
      3,
      /^no mailgauge-sink answers at /,
    ],
    ["a CA that is not there", ["smoke", "--ca", join(folder, "none.pem")], 64, /^--ca: .* cannot be read: /],
    [
      "a CA that is none",
      ["smoke", "--ca", join(folder, "text.pem")],
      64,
      /^--ca: .* holds no certificate; /,
    ],
    ["a wrong parameter", ["capacity", "-e", "START=0"], 64, /^START: .* is wanted, such as 50; got "0"$/],
    ["two that contradict", ["throughput", "--window", "5"], 64, /^BATCH: .* is wanted, such as 10; /],
  ])("is one clear line: %s", async (_name, args, code, message) => {
    const done = await loadtest([...args, ...relay]);
    expect(done).toMatchObject({ code, out: "" });
    const [first = "", ...rest] = done.err.trimEnd().split("\n");
    expect(first.replace("mailgauge: ", "")).toMatch(message);
    expect(
      rest.filter((line) => !line.startsWith("→ ")),
      "no stack, nothing of k6",
    ).toEqual([]);
  });
});
