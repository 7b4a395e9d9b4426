import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { labConfig } from "../support/daemon.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-process-"));
const file = join(folder, "mailgauge.yml");
const children: ChildProcess[] = [];
let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
  writeFileSync(join(folder, "ca.pem"), lab.ca);
  writeFileSync(file, labConfig(lab));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

afterAll(async () => {
  await lab.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  /** Exit code, or the signal that ended it. */
  readonly end: Promise<number | string | null>;
  readonly said: () => string;
}

/** `mailgauge run` as a process of its own, from the moment at which it says where it listens. */
async function run(): Promise<Started> {
  const args = ["src/main.ts", "run", "--config", file, "--listen", "127.0.0.1:0"];
  const env = { ...process.env, RELAY_PASSWORD: lab.users[0]?.password ?? "" };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  children.push(child);
  const end = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | string | null);
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const found = /"url":"(http:[^"]+)"/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    void end.then((code) => reject(new Error(`ended with ${code}: ${said}`)));
  });
  return { child, url, end, said: () => said };
}

const SERIES = 'mailgauge_probe_runs_total{target="eu",probe="smtp"} ';

async function metrics(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

describe("mailgauge run, as a process", () => {
  it("drains and ends well on SIGTERM", async () => {
    const { child, end, said } = await run();
    child.kill("SIGTERM");
    expect(await end).toBe(0);
    expect(said()).toContain("stopped");
  });

  it("takes up a changed file on SIGHUP, and keeps the old one when the new one is bad", async () => {
    const { child, url } = await run();
    const until = async (wanted: RegExp): Promise<void> => {
      while (!wanted.test(await metrics(url)));
    };
    writeFileSync(file, `${labConfig(lab)}\naddresses: [192.0.2.99]\n`);
    child.kill("SIGHUP");
    await until(/probe_runs_total\{target="192\.0\.2\.99"/);
    writeFileSync(file, "relays: nonsense\n");
    child.kill("SIGHUP");
    await until(/config_last_reload_successful 0/);
    expect(await metrics(url)).toContain('target="192.0.2.99"');
    writeFileSync(file, labConfig(lab));
  });

  it("has every series at once after kill -9 and a new start", async () => {
    const first = await run();
    expect(await metrics(first.url)).toContain(SERIES);
    first.child.kill("SIGKILL");
    expect(await first.end).toBe("SIGKILL");
    const second = await run();
    const text = await metrics(second.url);
    expect(text).toContain(SERIES);
    expect(text).toContain('mailgauge_probe_failures_total{target="eu",probe="smtp",cause="server_down"} 0');
  });

  it("ends with 78 and every problem when the configuration is bad", async () => {
    writeFileSync(file, "relays: [{ name: eu, url: 'smpt://x' }]\naddresses: [nowhere at all]\n");
    await expect(run()).rejects.toThrow(/ended with 78:[^]*relays\[0\]\.url[^]*addresses\[0\]/);
    writeFileSync(file, labConfig(lab));
  });
});
