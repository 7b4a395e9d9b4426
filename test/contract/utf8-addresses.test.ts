import { describe, expect, it, onTestFinished } from "vitest";
import { createProbes } from "../../probes/index.ts";
import { diagnose } from "../../src/diagnosis/index.ts";
import { systemClock } from "../../src/engine/clock.ts";
import { createObserver } from "../../src/engine/observe.ts";
import { createResolver } from "../../src/net/dns/resolver.ts";
import { createOpenNet } from "../../src/net/open-net.ts";
import { testRelay } from "../support/jobs.ts";
import { serveSmtp } from "../support/scripted-smtp.ts";

async function observe(ehlo: string, options: object) {
  const server = await serveSmtp({ EHLO: ehlo });
  const probes = createProbes();
  const resolver = createResolver({ servers: ["127.0.0.1:1"], clock: systemClock });
  onTestFinished(() => resolver.close());
  const openNet = createOpenNet({ resolve: resolver.resolve });
  const subject = testRelay({
    host: "127.0.0.1",
    port: server.port,
    tls: { starttls: "never" },
    to: ["jürgen@example.com"],
  });
  const observer = createObserver({ probes, openNet, diagnose, clock: systemClock });
  const job = { id: "x", subject, probe: "smtp", options: probes.get("smtp")?.parseOptions(options) };
  const seen = await observer({ ...job, timeoutMs: 10_000 });
  return { seen, lines: server.lines };
}

describe("a recipient outside ASCII", () => {
  it.each([{ depth: "rcpt" }, { depth: "data" }])("is asked for with SMTPUTF8: %j", async (options) => {
    const { seen, lines } = await observe("250-mx.test\r\n250 SMTPUTF8", options);
    expect(seen.findings.map(({ verdict }) => verdict)).toContain("pass");
    expect(lines).toContain("MAIL FROM:<probe@example.net> SMTPUTF8");
  });

  it.each([{ depth: "rcpt" }, { depth: "data" }, { expect: "refuse_sender" }])(
    "is no defect of ours where the server lacks that: %j",
    async (options) => {
      const { seen, lines } = await observe("250 mx.test", options);
      expect(seen.findings[0]?.message).toContain("needs SMTPUTF8");
      expect(seen.fault).toMatchObject({ code: "rejected", phase: "mail" });
      expect(seen.cause?.remedy).toContain("SMTPUTF8");
      expect(lines.at(-1)).toBe("QUIT");
    },
  );
});
