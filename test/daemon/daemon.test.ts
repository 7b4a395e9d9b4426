import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { labConfig, startTestDaemon, type TestDaemon } from "../support/daemon.ts";

let lab: Lab;
let daemon: TestDaemon;

beforeAll(async () => {
  lab = await startLab();
  const env = { RELAY_PASSWORD: lab.users[0]?.password ?? "" };
  daemon = await startTestDaemon(labConfig(lab), { env, files: { "ca.pem": lab.ca } });
});

afterEach(() => lab.reset());

afterAll(async () => {
  await daemon.stop();
  await lab.stop();
});

/** The value of one series of `/metrics`. */
async function metric(series: string): Promise<number | undefined> {
  const line = (await daemon.get("/metrics"))
    .split("\n")
    .find((text) => text.startsWith(`mailgauge_${series} `));
  return line === undefined ? undefined : Number(line.split(" ").at(-1));
}

const SUCCESS = 'probe_success{target="eu",probe="smtp"}';

describe("series", () => {
  it("exist before the first run, so that nothing is missed and nothing pages", async () => {
    expect(await metric('probe_runs_total{target="eu",probe="smtp"}')).toBe(0);
    expect(await metric('probe_failures_total{target="eu",probe="smtp",cause="server_down"}')).toBe(0);
    expect(await metric(SUCCESS)).toBeNaN();
    expect(await metric('submissions_total{target="eu",result="accepted"}')).toBe(0);
  });
});

describe("a relay that dies under the running daemon", () => {
  it("turns success to 0 at the next run, with the cause in metric, API and page", async () => {
    expect(await daemon.observe("smtp/relay/eu")).toMatchObject({ verdict: "pass" });
    expect(await metric(SUCCESS)).toBe(1);

    await lab.set("refuse", true);
    expect(await daemon.observe("smtp/relay/eu")).toMatchObject({
      verdict: "fail",
      fault: { code: "connect_refused" },
      cause: { code: "server_down" },
    });
    expect(await metric(SUCCESS)).toBe(0);
    expect(await metric('probe_failures_total{target="eu",probe="smtp",cause="server_down"}')).toBe(1);
    const page = await daemon.get("/");
    expect(page).toContain("server_down");
    expect(page).toContain("Nothing listens on the server");

    await lab.reset();
    expect(await daemon.observe("smtp/relay/eu")).toMatchObject({ verdict: "pass" });
    expect(await metric(SUCCESS)).toBe(1);
  });

  it("keeps the certificate's end visible while it is down", async () => {
    await daemon.observe("smtp/relay/eu");
    const end = await metric('tls_certificate_not_after_timestamp_seconds{target="eu"}');
    expect(end).toBeGreaterThan(Date.now() / 1000);
    await lab.set("refuse", true);
    await daemon.observe("smtp/relay/eu");
    expect(await metric('tls_certificate_not_after_timestamp_seconds{target="eu"}')).toBe(end);
  });
});

describe("a reload", () => {
  it("takes up a new target at once, series and all", async () => {
    daemon.configure(`${labConfig(lab)}\naddresses: [192.0.2.77]\n`);
    expect(await daemon.reload()).toEqual({ ok: true, problems: [] });
    expect(await metric('probe_runs_total{target="192.0.2.77",probe="blocklist"}')).toBe(0);
    daemon.configure(labConfig(lab));
    await daemon.reload();
    expect(await metric('probe_runs_total{target="192.0.2.77",probe="blocklist"}')).toBeUndefined();
  });

  it("keeps the old configuration when the new one is bad, and says where", async () => {
    daemon.configure(labConfig(lab).replace("depth: data", "dept: data"));
    const answer = await fetch(`${daemon.url}/-/reload`, { method: "POST" });
    expect(answer.ok).toBe(false);
    expect(await answer.text()).toMatch(/test\.yml:\d+:\d+ relays\[0\]\.dept: .*depth/);
    expect(await metric("config_last_reload_successful")).toBe(0);
    expect(await daemon.observe("smtp/relay/eu")).toMatchObject({ verdict: "pass" });
    daemon.configure(labConfig(lab));
    await daemon.reload();
    expect(await metric("config_last_reload_successful")).toBe(1);
  });
});

describe("/probe", () => {
  it("takes configured targets only, and names them", async () => {
    const answer = await fetch(`${daemon.url}/probe?target=smtp://127.0.0.1:1&module=smtp`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(/not a configured relay [^]*Known targets of module "smtp": eu/);
  });

  it("answers for a configured one", async () => {
    expect(await daemon.get("/probe?target=eu&module=submission")).toMatch(/^probe_success 1$/m);
    await lab.set("refuse", true);
    expect(await daemon.get("/probe?target=eu&module=submission")).toMatch(/^probe_success 0$/m);
  });
});

describe("the end", () => {
  it("waits for the run under way, then leaves nothing open", async () => {
    const other = await startTestDaemon(labConfig(lab), {
      env: { RELAY_PASSWORD: lab.users[0]?.password ?? "" },
      files: { "ca.pem": lab.ca },
    });
    await lab.set("slow", true);
    expect(other.trigger("smtp/relay/eu")).toBe(true);
    await Promise.all([other.stop(), other.stopped]);
    expect(other.log.some((line) => line.includes('"smtp"') && line.includes('"pass"'))).toBe(true);
    await expect(fetch(`${other.url}/-/healthy`)).rejects.toThrow();
  });
});
