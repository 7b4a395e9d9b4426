import { describe, expect, it } from "vitest";
import { cannedDeps, FAILING, NOW, observationOf, PASSING } from "../../../test/browser/canned.ts";
import type { Observation } from "../../model/observation.ts";
import type { Job, Observe } from "../../model/probe.ts";
import type { ServerDeps } from "../types.ts";
import { blackboxMetrics } from "./blackbox-metrics.ts";
import { probeTimeoutMs } from "./deadline.ts";
import { probeRoutes } from "./routes.ts";

const NEVER = new AbortController().signal;
const TARGET = "/probe?target=relay-eu&module=submission";

function setUp(overrides: Partial<ServerDeps> = {}, stopping = NEVER) {
  return probeRoutes(cannedDeps(overrides), stopping);
}

/** An observer that tells what it was asked. */
function spy(answer: (job: Job) => Observation) {
  const asked: Parameters<Observe>[] = [];
  const observe: Observe = (...args) => {
    asked.push(args);
    return Promise.resolve(answer(args[0]));
  };
  return { asked, observe };
}

function samples(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

describe("the deadline of a run for a scrape", () => {
  it.each([
    [undefined, 15_000, 15_000, "no header: the job's own"],
    ["", 15_000, 15_000, "an empty one is none"],
    ["10", 15_000, 9500, "half a second before the scraper gives up"],
    ["60", 15_000, 15_000, "the job's own is shorter"],
    ["1", 15_000, 500, "a second leaves half of it"],
    ["0.4", 15_000, 200, "less than the offset leaves half"],
    ["2.5", 15_000, 2000, "fractions count"],
    ["soon", 15_000, undefined, "no number"],
    ["-1", 15_000, undefined, "before now"],
    ["0", 15_000, undefined, "at once"],
    ["Infinity", 15_000, undefined, "never"],
  ] as const)("%j with %i ms: %s ms", (header, own, expected, _reason) => {
    expect(probeTimeoutMs(header, own)).toBe(expected);
  });
});

describe("/probe", () => {
  it("runs the job of the target and module, within the scraper's time", async () => {
    const { asked, observe } = spy((job) => observationOf(job, NOW, PASSING));
    const app = setUp({ observe });
    const headers = { "X-Prometheus-Scrape-Timeout-Seconds": "5" };
    const answer = await app.request(TARGET, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(asked).toHaveLength(1);
    expect(asked[0]?.[0].id).toBe("smtp/relay/relay-eu");
    expect(asked[0]?.[1]?.timeoutMs).toBe(4500);
    expect(samples(await answer.text())).toContain("probe_success 1");
  });

  it.each([
    ["/probe?target=relay-eu&module=nope", 'Unknown module "nope". Known: blocklist, lmtp, mx, smtp'],
    [
      "/probe?module=smtp",
      'The parameter "target" is missing. Known targets of module "smtp": partner-gateway',
    ],
    [
      "/probe?target=&module=mx",
      'The parameter "target" is missing. Known targets of module "mx": example.com, example.org.',
    ],
    ["/probe?target=evil.example&module=smtp", '"evil.example" is not a configured target. Known targets'],
  ])("%s: 400, and says what there is", async (path, text) => {
    const answer = await setUp().request(path);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(text);
  });

  it("refuses a timeout that is no number", async () => {
    const headers = { "X-Prometheus-Scrape-Timeout-Seconds": "soon" };
    expect((await setUp().request(TARGET, { headers })).status).toBe(400);
  });

  it("runs so many at a time and no more, and frees the place afterwards", async () => {
    const gate = Promise.withResolvers<Observation>();
    const app = setUp({ observe: () => gate.promise, maxProbes: 1 });
    const first = app.request(TARGET);
    expect((await app.request(TARGET)).status).toBe(503);
    const [job] = cannedDeps().jobs();
    if (job === undefined) throw new Error("no job");
    gate.resolve(observationOf(job, NOW, PASSING));
    expect((await first).status).toBe(200);
    expect((await app.request(TARGET)).status).toBe(200);
  });

  it("aborts the run when the client goes away and when the server stops", async () => {
    for (const cut of ["client", "server"] as const) {
      const client = new AbortController();
      const stopping = new AbortController();
      const seen = Promise.withResolvers<AbortSignal | undefined>();
      const end = Promise.withResolvers<Observation>();
      const observe: Observe = (_job, options) => {
        seen.resolve(options?.signal);
        return end.promise;
      };
      const answer = setUp({ observe }, stopping.signal).request(TARGET, { signal: client.signal });
      const signal = await seen.promise;
      expect(signal?.aborted).toBe(false);
      (cut === "client" ? client : stopping).abort();
      expect(signal?.aborted).toBe(true);
      const [job] = cannedDeps().jobs();
      if (job === undefined) throw new Error("no job");
      end.resolve(observationOf(job, NOW, FAILING));
      await answer;
    }
  });

  it("shows with debug=true what was said and what it means", async () => {
    const observe: Observe = (job, options) => {
      options?.onTranscript?.({ atMs: 12.345, side: "S", text: "220 mx \u001b[31mESMTP" });
      options?.onTranscript?.({ atMs: 13, side: "C", text: "EHLO probe.example.com" });
      return Promise.resolve(observationOf(job, NOW, FAILING));
    };
    const answer = await setUp({ observe }).request(`${TARGET}&debug=true`);
    expect(answer.headers.get("Content-Type")).toContain("text/plain");
    const text = await answer.text();
    expect(text).toContain("     12.3 ms  S: 220 mx ·[31mESMTP\n     13.0 ms  C: EHLO probe.example.com\n");
    expect(text).toContain(
      "Cause: certificate_expired (certain): The certificate of the server has expired.",
    );
    expect(text).toContain("  remedy: Renew the certificate");
    expect(text).toContain("  fail    certificate_expired: The certificate expired 3 days ago");
    expect(text).toContain("Metrics that would have been returned:\n# HELP probe_success");
    expect(text).toContain('Module configuration:\n{\n  "probe": "smtp"');
  });

  it("keeps a transcript within bounds", async () => {
    const observe: Observe = (job, options) => {
      for (let line = 0; line < 5000; line += 1)
        options?.onTranscript?.({ atMs: line, side: "S", text: "again" });
      return Promise.resolve(observationOf(job, NOW, FAILING));
    };
    const text = await (await setUp({ observe }).request(`${TARGET}&debug=true`)).text();
    expect(text.match(/S: again/g)).toHaveLength(2000);
  });
});

describe("the metrics of /probe", () => {
  const [job] = cannedDeps().jobs();
  if (job === undefined) throw new Error("no job");

  it("has the names of blackbox_exporter", async () => {
    const found = samples(
      await blackboxMetrics(observationOf(job, NOW, PASSING), ["dns", "connect", "tls", "quit"]),
    );
    for (const line of [
      "probe_success 1",
      "probe_ip_protocol 4",
      'probe_tls_version_info{version="TLS 1.3"} 1',
      'probe_tls_cipher_info{cipher="TLS_AES_256_GCM_SHA384"} 1',
      'probe_smtp_duration_seconds{phase="connect"} 0.0141',
    ]) {
      expect(found).toContain(line);
    }
    const names = found.map((line) => line.split(/[{ ]/, 1)[0]);
    for (const name of [
      "probe_duration_seconds",
      "probe_dns_lookup_time_seconds",
      "probe_ssl_earliest_cert_expiry",
      "probe_ssl_last_chain_expiry_timestamp_seconds",
      "probe_ssl_last_chain_info",
    ]) {
      expect(names).toContain(name);
    }
    expect(names).not.toContain("probe_failure_info");
  });

  it("keeps what was measured before a failure, the expired certificate's date included", async () => {
    const found = samples(await blackboxMetrics(observationOf(job, NOW, FAILING), ["dns", "tls", "auth"]));
    expect(found).toContain("probe_success 0");
    expect(found).toContain(
      'probe_failure_info{cause="certificate_expired",fault="tls_certificate",phase="tls"} 1',
    );
    expect(found).toContain('probe_smtp_duration_seconds{phase="auth"} 0');
    expect(found.join()).toContain("probe_ssl_earliest_cert_expiry ");
    expect(found.join()).not.toContain("probe_ssl_last_chain_expiry_timestamp_seconds");
  });

  it("adds the two EHLOs up", async () => {
    const found = samples(await blackboxMetrics(observationOf(job, NOW, PASSING), []));
    const ehlo = found.find((line) => line.startsWith('probe_smtp_duration_seconds{phase="ehlo"}'));
    expect(Number(ehlo?.split(" ")[1])).toBeCloseTo(0.0287, 6);
  });

  it("shows MX hosts and listings, and an unknown listing not at all", async () => {
    const { recent, jobs } = cannedDeps();
    const text = async (probe: string) => {
      const of = jobs().find((each) => each.probe === probe);
      const last = of === undefined ? undefined : recent.last(of.id);
      return last === undefined ? [] : samples(await blackboxMetrics(last, []));
    };
    expect(await text("mx")).toContain('probe_mx_reachable{mx="mx1.example.com",family="ipv4"} 1');
    const listings = (await text("blocklist")).filter((line) => line.startsWith("probe_blocklist_listed"));
    expect(listings).toEqual([
      'probe_blocklist_listed{list="zen"} 0',
      'probe_blocklist_listed{list="bl.example.org"} 0',
    ]);
  });
});
