import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { askSink, deliveryTotals } from "../../../src/loadtest/delivery.ts";
import { startOwnSink } from "../../../src/loadtest/own-sink.ts";
import { packageFolder } from "../../../src/load-run.ts";
import { loadtest, runOf } from "../../support/loadtest-command.ts";
import { runK6 } from "../../support/k6.ts";
import { startMailgaugeSink } from "../../support/servers/mailgauge-sink.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-sink-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("mailgauge loadtest --sink", () => {
  it("needs nothing but the name of a scenario, and knows what arrived", async () => {
    const done = await loadtest(["smoke", "--sink", "--json"]);
    expect(done).toMatchObject({ code: 0, err: "" });
    const run = runOf(done);
    expect(run).toMatchObject({
      verdict: "pass",
      target: {
        name: "mailgauge-sink (accept)",
        host: "127.0.0.1",
        tls: expect.stringMatching(/^TLSv1\.3 /),
      },
      totals: { messages: { accepted: 5 } },
      delivery: { expected: 5, arrived: 5, lost: 0, duplicated: 0, transit: { count: 5 } },
    });
  });

  it("lets the sink behave as a profile says", async () => {
    const done = await loadtest(["smoke", "--sink", "greylist", "--json"]);
    expect(done.code).toBe(2);
    expect(runOf(done)).toMatchObject({
      totals: { messages: { accepted: 0, deferred: 5 } },
      delivery: { expected: 0, arrived: 0 },
    });
  });

  it("counts what all processes sent", async () => {
    const load = ["--rate", "60", "--duration", "2s", "--processes", "2"];
    const done = await loadtest(["delivery", "--sink", ...load, "--json"]);
    const { delivery, totals, objectives } = runOf(done);
    expect(done, JSON.stringify(objectives)).toMatchObject({ code: 0 });
    expect(delivery).toMatchObject({ expected: totals.messages.accepted, lost: 0, duplicated: 0 });
    expect(delivery?.arrived).toBe(totals.messages.accepted);
  });

  it("says which profiles there are", async () => {
    const done = await loadtest(["smoke", "--sink", "nosuch"]);
    expect(done).toMatchObject({ code: 64, out: "" });
    expect(done.err).toMatch(/^mailgauge: the sink did not start: .*nosuch.*\n→ Give --sink a profile/);
  });

  it("says how to get a sink where there is none, and what is wrong with one", async () => {
    const none = startOwnSink("accept", { PATH: folder }, folder);
    await expect(none).rejects.toMatchObject({
      message: "there is no mailgauge-sink here",
      remedy: expect.stringContaining("make sink"),
    });
    await expect(startOwnSink("accept", { MAILGAUGE_SINK: "/bin/false" }, folder)).rejects.toMatchObject({
      message: "the sink did not start: it is no mailgauge-sink of this version",
    });
    const missing = join(folder, "missing");
    await expect(startOwnSink("accept", { MAILGAUGE_SINK: missing }, folder)).rejects.toThrow(/ENOENT/);
  });

  it("leaves no sink behind", async () => {
    const sink = await startOwnSink("accept", process.env, packageFolder());
    expect((await fetch(`${sink.http}/-/healthy`)).status).toBe(200);
    await sink.stop();
    await expect(fetch(`${sink.http}/-/healthy`)).rejects.toThrow();
  });
});

describe("the books of the sink", () => {
  it("say what arrived of a run, how often and how late", async () => {
    const sink = await startMailgaugeSink();
    try {
      const id = "delivery";
      const script = "test/integration/loadtest/scripts/send.ts";
      const run = await runK6(script, { SMTP_PORT: sink.ports.smtp, SMTP_RUN_ID: id, COUNT: 40, VUS: 2 });
      expect(run.counts.messages, run.log).toMatchObject({ accepted: 40 });
      const answer = await askSink(`${sink.url}/`, id);
      if (answer === undefined) throw new Error("the sink says nothing that can be read");
      expect(deliveryTotals(40, answer)).toMatchObject({
        expected: 40,
        arrived: 40,
        lost: 0,
        duplicated: 0,
        transit: { count: 40 },
      });
      expect(deliveryTotals(45, answer).lost).toBe(5);
      expect(await askSink(sink.url, "nobody01")).toEqual({ arrived: 0, duplicates: 0 });
      expect(await askSink(`${sink.url}/elsewhere`, id)).toBeUndefined();
    } finally {
      await sink.stop();
    }
    expect(await askSink(sink.url, "delivery")).toBeUndefined();
  });
});
