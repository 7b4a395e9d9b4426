import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { startLab } from "../../src/lab/lab.ts";
import { type Finished, loadtest, runOf } from "../support/loadtest-command.ts";
import { startMailgaugeSink } from "../support/servers/mailgauge-sink.ts";
import { startPrometheus } from "../support/servers/prometheus.ts";
import type { RunningServer } from "../support/servers/server.ts";
import { startSmtpSink } from "../support/servers/smtp-sink.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-loadtest-"));
const running: { stop(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Calls back once, when the scenario says that it begins. */
function atBegin(act: (pid: number) => void): (err: string, pid: number) => void {
  let isDone = false;
  return (err, pid) => {
    if (isDone || !err.includes("messages a second")) return;
    isDone = true;
    act(pid);
  };
}

async function sink(...flags: string[]): Promise<RunningServer<"smtp"> & { readonly url: string }> {
  const server = await startSmtpSink(flags);
  running.push(server);
  return { ...server, url: `smtp://127.0.0.1:${server.ports.smtp}` };
}

describe("mailgauge loadtest", () => {
  it("passes, and writes every report that was asked for", async () => {
    const { url } = await sink();
    const [html, junit, store] = ["run.html", "run.xml", "runs.db"].map((name) => join(folder, name));
    const done = await loadtest([
      "smoke",
      "--relay",
      url,
      "-e",
      "MESSAGES=7",
      "--json",
      "--html",
      `${html}`,
      "--junit",
      `${junit}`,
      "--store",
      `${store}`,
    ]);
    expect(done).toMatchObject({ code: 0, err: "" });
    const run = runOf(done);
    expect(run).toMatchObject({
      version: 1,
      scenario: "smoke",
      end: "finished",
      verdict: "pass",
      parameters: { MESSAGES: "7" },
      totals: { messages: { accepted: 7 }, sessions: { opened: 1 } },
    });
    expect(readFileSync(`${html}`, "utf8")).toContain(run.id);
    expect(readFileSync(`${junit}`, "utf8")).toContain("<testsuite");
    const config = join(folder, "store.yml");
    writeFileSync(config, `store: { path: runs.db }\n`);
    const compared = await loadtest(["smoke", "--relay", url, "--config", config, "--compare", run.id]);
    expect(compared.out).toMatch(new RegExp(`Comparison .* ${run.id}`));
  });

  it("divides the work among processes, to exactly the whole", async () => {
    const { url } = await sink();
    const done = await loadtest(["smoke", "--relay", url, "-e", "MESSAGES=3", "--json"]);
    const divided = await loadtest([
      "throughput",
      "--relay",
      url,
      "--rate",
      "101",
      "--duration",
      "3s",
      "--processes",
      "2",
      "--json",
    ]);
    expect(done.code).toBe(0);
    expect(divided.code).toBe(0);
    // An arrival rate makes its first iteration at 0 s and its last at 3 s.
    expect([303, 304]).toContain(runOf(divided).totals.messages.accepted);
  });

  it("is stopped by the ramp guard when the relay refuses", async () => {
    const server = await startMailgaugeSink();
    running.push(server);
    await server.setProfile({
      name: "strict",
      rules: [{ phase: "rcpt", probability: 0.4, reply: "550 5.7.1 no" }],
    });
    const url = `smtp://127.0.0.1:${server.ports.smtp}`;
    const done = await loadtest([
      "throughput",
      "--relay",
      url,
      "--rate",
      "50",
      "--duration",
      "2m",
      "--insecure",
      "--max-refusals",
      "0.2",
      "--json",
    ]);
    expect(runOf(done)).toMatchObject({
      end: "stopped",
      endReason: expect.stringMatching(/^the relay refused \d\d % of \d s \(421 or 5xx\), more than 20 %$/),
      verdict: "fail",
    });
    expect(done.code).toBe(2);
  });

  it("ends at Ctrl-C with the summary of what ran", async () => {
    const { url } = await sink();
    const done = await loadtest(
      ["throughput", "--relay", url, "--rate", "50", "--duration", "10m", "--json"],
      atBegin((pid) => process.kill(pid, "SIGINT")),
    );
    expect(runOf(done)).toMatchObject({ end: "interrupted", endReason: "stopped by the user" });
    expect(done.err).toContain("ending the test; Ctrl-C once more drops what is under way");
  });

  it("keeps what was measured when the relay dies", async () => {
    const server = await sink();
    const done = await loadtest(
      ["throughput", "--relay", server.url, "--rate", "50", "--duration", "5s", "--json"],
      atBegin(() => void server.stop()),
    );
    const run = runOf(done);
    expect(done.code).toBe(2);
    expect(run.verdict).toBe("fail");
    expect(run.totals.errors.length).toBeGreaterThan(0);
  });

  it("lets no second run at the same relay", async () => {
    const { url } = await sink();
    let second: Promise<Finished> | undefined;
    const first = await loadtest(
      ["throughput", "--relay", url, "--rate", "20", "--duration", "10m", "--json"],
      atBegin((pid) => {
        second = loadtest(["smoke", "--relay", url]);
        void second.then(() => process.kill(pid, "SIGINT"));
      }),
    );
    expect(runOf(first).end).toBe("interrupted");
    expect(await second).toMatchObject({
      code: 64,
      err: expect.stringMatching(/another load test of 127\.0\.0\.1 port \d+ is running \(process \d+\)/),
    });
  });

  it("shows the summary also when no report can be written", async () => {
    const { url } = await sink();
    const done = await loadtest(["smoke", "--relay", url, "--html", "/dev/full"]);
    expect(done.code).toBe(3);
    expect(done.out).toContain("PASS  smoke");
    expect(done.err).toContain("mailgauge: cannot write /dev/full: the disk is full\n");
  });

  it("logs in over TLS without showing the password to anybody", async () => {
    const lab = await startLab();
    running.push({ stop: () => lab.stop() });
    const ca = join(folder, "ca.pem");
    writeFileSync(ca, lab.ca);
    const [user] = lab.users;
    const done = await loadtest(
      [
        "smoke",
        "--relay",
        `submission://localhost:${lab.ports.submission}`,
        "--ca",
        ca,
        "--username",
        user?.username ?? "",
        "--password-env",
        "LAB_PASSWORD",
        "--json",
      ],
      undefined,
      { LAB_PASSWORD: user?.password ?? "" },
    );
    expect(done).toMatchObject({ code: 0, err: "" });
    expect(runOf(done).target.tls).toMatch(/^TLSv1\.3 /);
    expect(done.out).not.toContain(user?.password);
  });

  it("takes the verdict from Prometheus as well, also later", async () => {
    const { url } = await sink();
    const prometheus = await startPrometheus({}, [
      "--web.enable-remote-write-receiver",
      "--enable-feature=native-histograms",
    ]);
    running.push(prometheus);
    const base = `http://127.0.0.1:${prometheus.ports.http}`;
    const done = await loadtest([
      "throughput",
      "--relay",
      url,
      "--rate",
      "50",
      "--duration",
      "3s",
      "--p99",
      "5s",
      "--prometheus",
      base,
      "--json",
    ]);
    const { id, objectives } = runOf(done);
    expect(done).toMatchObject({ code: 0 });
    expect(objectives.filter(({ metric }) => metric.startsWith("prometheus: "))).toHaveLength(4);
    const later = await loadtest(["--verdict", id, "--prometheus", base, "--p99", "1ns"]);
    expect(later.code).toBe(64);
    const strict = await loadtest(["--verdict", id, "--prometheus", base, "--p99", "0.0001ms"]);
    expect(strict.code).toBe(2);
    expect(strict.out).toMatch(/✗ prometheus: smtp_message_duration p\(99\)<0\.0001/);
    expect((await loadtest(["--verdict", "nobody", "--prometheus", base])).err).toContain(
      "knows no messages of the run nobody",
    );
  });
});

describe("a script of one's own", () => {
  it("reaches the relay of the command line and loopback, and nobody else", async () => {
    const { url } = await sink();
    const script = join(folder, "own.ts");
    writeFileSync(
      script,
      `import smtp from "k6/x/smtp";
const relay = new smtp.Client({ host: __ENV.SMTP_HOST, port: Number(__ENV.SMTP_PORT) });
const other = new smtp.Client({ host: "192.0.2.1", port: 25 });
const mail = { from: "a@load.test", to: "b@load.test", message: smtp.message({ size: "1KB" }) };
export default function () {
  console.log("relay", relay.send(mail).accepted, "other", other.send(mail).error);
}
`,
    );
    const done = await loadtest([script, "--relay", url, "--json"]);
    expect(done.err).toContain("k6: relay true other blocked");
  });

  it("is named with its file and line when it throws", async () => {
    const { url } = await sink();
    const script = join(folder, "broken.ts");
    writeFileSync(script, 'import "k6/x/smtp";\nexport default function () {}\nnowhere();\n');
    const done = await loadtest([script, "--relay", url]);
    expect(done).toMatchObject({ code: 3, out: "" });
    expect(done.err).toMatch(
      /the test did not begin; k6 says:\nReferenceError: nowhere is not defined\n\s+at file:.*broken\.ts:3:/,
    );
  });
});
