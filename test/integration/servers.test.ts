import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBlackbox } from "../support/servers/blackbox.ts";
import { type Certificates, makeCertificates, SERVER_NAME } from "../support/servers/certificates.ts";
import { askDns } from "../support/servers/dns-query.ts";
import { type Dovecot, startDovecot } from "../support/servers/dovecot.ts";
import { startExim } from "../support/servers/exim.ts";
import { sampleValue } from "../support/servers/exposition.ts";
import { startKnot } from "../support/servers/knot.ts";
import { accepts, LOOPBACK } from "../support/servers/ports.ts";
import { type Postfix, startPostfix } from "../support/servers/postfix.ts";
import { startPrometheus } from "../support/servers/prometheus.ts";
import { startRbldnsd } from "../support/servers/rbldnsd.ts";
import { startServer } from "../support/servers/server.ts";
import { startSmtpSink } from "../support/servers/smtp-sink.ts";
import { startUnbound, wrongDs } from "../support/servers/unbound.ts";

/** Whether the servers that the other suites rely on are there and do what those suites take for granted. */

const closing: (() => void | Promise<void>)[] = [];
let certificates: Certificates;
let dovecot: Dovecot;
let postfix: Postfix;

/** swaks(1), a client that is not ours. Exit code and transcript. */
function swaks(port: number, ...args: string[]): { status: number | null; transcript: string } {
  const run = spawnSync("swaks", ["--server", `${LOOPBACK}:${port}`, "-f", "a@x.test", ...args], {
    encoding: "utf8",
  });
  return { status: run.status, transcript: run.stdout + run.stderr };
}

beforeAll(async () => {
  certificates = makeCertificates();
  closing.push(() => certificates.remove());
  const certificate = certificates.get("good");
  dovecot = await startDovecot({ certificate });
  closing.push(() => dovecot.stop());
  postfix = await startPostfix({ certificate, lmtpPort: dovecot.ports.lmtp, saslPort: dovecot.ports.sasl });
  closing.push(() => postfix.stop());
});

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

describe("mail servers of the test bench", () => {
  it("delivers from Postfix over LMTP into Dovecot's Maildir", async () => {
    const sent = swaks(postfix.ports.smtp, "-t", "u1@y.test", "-tls", "--h-Subject", "bench-postfix");
    expect(sent.transcript).toContain("TLSv1.3");
    expect(sent.status).toBe(0);
    const text = await dovecot.delivered("u1", "bench-postfix", AbortSignal.timeout(15_000));
    expect(text).toContain("Delivered-To: u1@y.test");
  });

  it("authenticates a submission by Dovecot's SASL, and refuses a wrong password", () => {
    const user = ["-t", "someone@elsewhere.test", "-tls", "-a", "CRAM-MD5", "-au", "ok"];
    expect(swaks(postfix.ports.submission, ...user, "-ap", "secret").transcript).toContain(
      "250 2.0.0 Ok: queued",
    );
    expect(swaks(postfix.ports.submission, ...user, "-ap", "wrong").transcript).toContain("535 5.7.8");
  });

  it("delivers from Exim over LMTP, and refuses what its access rules name", async () => {
    const exim = await startExim({ certificate: certificates.get("good"), lmtpPort: dovecot.ports.lmtp });
    try {
      expect(swaks(exim.ports.smtp, "-t", "u2@ex.test", "-tls", "--h-Subject", "bench-exim").status).toBe(0);
      expect(swaks(exim.ports.smtp, "-t", "grey@ex.test").transcript).toContain("451 4.7.1");
      expect(swaks(exim.ports.smtp, "-t", "bad@ex.test").transcript).toContain("550 5.1.1");
      expect(swaks(exim.ports.smtp, "-t", "a@elsewhere.test").transcript).toContain("550 5.7.1");
      expect(await dovecot.delivered("u2", "bench-exim", AbortSignal.timeout(15_000))).toContain("ex.test");
    } finally {
      await exim.stop();
    }
  });

  it("passes its flags to smtp-sink", async () => {
    const sink = await startSmtpSink(["-f", "rcpt", "-B", "550 5.1.1 nope"]);
    try {
      expect(swaks(sink.ports.smtp, "-t", "a@y.test").transcript).toContain("550 5.1.1 nope");
    } finally {
      await sink.stop();
    }
  });

  it("stops a server at once and leaves no file", async () => {
    const sink = await startSmtpSink();
    expect(await accepts(sink.ports.smtp)).toBe(true);
    await sink.stop();
    await sink.stop(); // twice does no harm
    expect(await accepts(sink.ports.smtp)).toBe(false);
    expect(existsSync(sink.dir)).toBe(process.env["KEEP"] === "1");
  });

  it("says what a server that does not start has printed", async () => {
    const start = startServer({
      name: "broken",
      ports: ["smtp"],
      prepare: () => ({ command: "sh", args: ["-c", "echo out of order >&2; exit 3"] }),
    });
    await expect(start).rejects.toThrow(
      /broken did not start: ended while waiting for port smtp\n.*out of order/,
    );
  });
});

describe("DNS servers of the test bench", () => {
  it("signs with knot and validates with unbound", async () => {
    const records = "@ TXT hello";
    const knot = await startKnot({
      "signed.test": { signed: true, records },
      "bogus.test": { signed: true, records },
    });
    closing.push(() => knot.stop());
    const port = knot.ports.dns;
    const unbound = await startUnbound({
      "signed.test": { port, ds: knot.ds("signed.test") },
      "bogus.test": { port, ds: wrongDs(knot.ds("bogus.test")) },
    });
    closing.push(() => unbound.stop());
    const signed = await askDns(unbound.ports.dns, "signed.test", "TXT");
    expect(signed?.rcode).toBe("NOERROR");
    expect(signed?.answers).toHaveLength(1);
    expect((await askDns(unbound.ports.dns, "bogus.test", "TXT"))?.rcode).toBe("SERVFAIL");
    expect((await askDns(unbound.ports.dns, "example.com", "A"))?.rcode).toBe("REFUSED");
  });

  it("lists with rbldnsd", async () => {
    const rbldnsd = await startRbldnsd({
      "bl.test": { type: "ip4set", data: ":127.0.0.2:Listed $\n127.0.0.2" },
    });
    closing.push(() => rbldnsd.stop());
    const listed = await askDns(rbldnsd.ports.dns, "2.0.0.127.bl.test", "A");
    expect(listed?.answers).toMatchObject([{ type: "A", data: "127.0.0.2" }]);
    expect((await askDns(rbldnsd.ports.dns, "1.0.0.127.bl.test", "A"))?.rcode).toBe("NXDOMAIN");
  });
});

describe("monitoring of the test bench", () => {
  it("scrapes with Prometheus and probes with blackbox_exporter", async () => {
    const blackbox = await startBlackbox({ caFile: certificates.caFile, serverName: SERVER_NAME });
    closing.push(() => blackbox.stop());
    const samples = await blackbox.probe("starttls", postfix.ports.smtp, true);
    expect(sampleValue(samples, "probe_success")).toBe(1);
    expect(sampleValue(samples, "probe_ssl_earliest_cert_expiry") * 1000).toBe(
      certificates.get("good").notAfter,
    );
    const prometheus = await startPrometheus({
      global: { scrape_interval: "1s", scrape_timeout: "1s" },
      scrape_configs: [
        { job_name: "blackbox", static_configs: [{ targets: [`${LOOPBACK}:${blackbox.ports.http}`] }] },
      ],
    });
    closing.push(() => prometheus.stop());
    const up = await prometheus.queryUntilFound('up{job="blackbox"}', AbortSignal.timeout(15_000));
    expect(up.map(({ value }) => value)).toEqual([1]);
    await expect(prometheus.query("sum(")).rejects.toThrow(/parse error/);
  });
});

describe("certificates of the test bench", () => {
  const verify = (kind: Parameters<Certificates["get"]>[0]): string => {
    const { chainFile } = certificates.get(kind);
    const trust = ["-CAfile", certificates.caFile, "-untrusted", chainFile, "-auth_level", "2"];
    const purpose = ["-purpose", "sslserver", "-verify_hostname", SERVER_NAME];
    return spawnSync("openssl", ["verify", ...trust, ...purpose, chainFile], { encoding: "utf8" }).stderr;
  };

  it.each([
    ["good", /^$/],
    ["expiring", /^$/],
    ["rsa", /^$/],
    ["expired", /certificate has expired/],
    ["not_yet_valid", /certificate is not yet valid/],
    ["self_signed", /self-signed certificate/],
    ["wrong_name", /hostname mismatch/],
    ["weak_rsa", /key too weak/],
    ["sha1", /digest algorithm too weak/],
    ["incomplete_chain", /unable to get local issuer certificate/],
    ["untrusted_root", /self-signed certificate in certificate chain/],
    ["several_faults", /key too weak/],
  ] as const)("makes one that is %s", (kind, complaint) => {
    expect(verify(kind)).toMatch(complaint);
  });

  it("tells the end of validity as openssl does", () => {
    const { chainFile, notAfter } = certificates.get("expired");
    const printed = execFileSync("openssl", ["x509", "-in", chainFile, "-noout", "-enddate"], {
      encoding: "utf8",
    });
    expect(Date.parse(printed.replace("notAfter=", ""))).toBe(notAfter);
  });
});
