import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { printConfig } from "../../src/config/print.ts";
import { parseConfig } from "../../src/config/load.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import type { TranscriptLine } from "../../src/model/smtp.ts";
import { renderTranscript } from "../../src/cli/observing.ts";
import { renderJson } from "../../src/reports/json.ts";
import { renderJunit } from "../../src/reports/junit.ts";
import { renderObservation } from "../../src/reports/terminal.ts";
import { configDeps, netSettings, openObserving } from "../../src/toolkit.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";

/** Distinct enough that no other text can hold them by chance. */
const PASSWORD = "canary-password-Zq7";
const TOKEN = "canary-token-Xw3";
const KEY = "canarykeyvk9";
const env = { RELAY_PASSWORD: PASSWORD, RELAY_TOKEN: TOKEN, DQS_KEY: KEY };

/** A secret as it is, and in every form in which SASL puts it on the wire. */
function forms(username: string): string[] {
  const wire = [PASSWORD, `\0${username}\0${PASSWORD}`, `user=${username}\x01auth=Bearer ${TOKEN}\x01\x01`];
  const base64 = wire.map((text) => Buffer.from(text).toString("base64"));
  return [PASSWORD, TOKEN, KEY, ...base64.map((text) => text.replace(/=+$/, ""))];
}

/** Faults that make servers and us talk about what was sent. */
const FAULTS = [
  "wrong_password",
  "token_expired",
  "garbage_reply",
  "certificate_expired",
  "relay_denied",
  "auth_foreign",
];

let lab: Lab;
let daemon: TestDaemon;
let username = "";
const said: { where: string; text: string }[] = [];

function config(): string {
  const tls = "tls: { ca: ca.pem }";
  const url = `url: "submission://${lab.host}:${lab.ports.submission}"`;
  const relay = (name: string, auth: string) =>
    `  - { name: ${name}, ${url}, auth: ${auth}, to: seed@lab.test, depth: data, ${tls} }`;
  return `
defaults: { interval: 1h, timeout: 3s, helo: probe.lab.test, from: probe@lab.test }
resolver: { servers: ["${lab.dns.server}"], timeout: 500ms, attempts: 1 }
relays:
${relay("plain", `{ username: ${username}, password: { env: RELAY_PASSWORD }, mechanism: PLAIN }`)}
${relay("login", `{ username: ${username}, password: { env: RELAY_PASSWORD }, mechanism: LOGIN }`)}
${relay("scram", `{ username: ${username}, password: { env: RELAY_PASSWORD } }`)}
${relay("token", `{ username: ${username}, access_token: { env: RELAY_TOKEN }, mechanism: XOAUTH2 }`)}
addresses: [192.0.2.10]
blocklists: [ { preset: spamhaus-zen, key: { env: DQS_KEY } } ]
`;
}

const JOBS = [
  "smtp/relay/plain",
  "smtp/relay/login",
  "smtp/relay/scram",
  "smtp/relay/token",
  "blocklist/address/192.0.2.10",
];

async function listen(round: string): Promise<void> {
  for (const job of JOBS) await daemon.observe(job);
  for (const path of ["/", "/metrics", "/sd", "/api/v1/targets", "/api/v1/observations?limit=1000"]) {
    said.push({ where: `${round} ${path}`, text: await daemon.get(path) });
  }
  for (const target of ["plain", "login", "scram", "token"]) {
    const path = `/probe?target=${target}&module=submission&debug=true`;
    said.push({ where: `${round} ${path}`, text: await daemon.get(path) });
  }
  said.push({
    where: `${round} blocklist`,
    text: await daemon.get("/probe?target=192.0.2.10&module=blocklist&debug=true"),
  });
}

/** The commands, with every way to print. */
async function command(round: string): Promise<void> {
  const parsed = parseConfig(config(), "test.yml", { ...configDeps, env, readFile: () => lab.ca });
  if (!parsed.ok) throw new Error(inspect(parsed.problems));
  const observing = openObserving(
    netSettings(parsed.config),
    (_job, error) => void said.push({ where: "defect", text: inspect(error) }),
  );
  const lines: TranscriptLine[] = [];
  for (const job of parsed.config.jobs) {
    const observation = await observing.observe(job, { onTranscript: (line) => void lines.push(line) });
    const human = renderObservation(observation, { causeSentence: String });
    const text = [
      human,
      renderJson([observation]),
      renderJunit([observation]),
      inspect(observation, { depth: 20 }),
    ];
    said.push({ where: `${round} ${job.id}`, text: text.join("\n") });
    said.push({
      where: `${round} ${job.id} job`,
      text: `${inspect(job, { depth: 20 })}${JSON.stringify(job)}`,
    });
  }
  observing.close();
  said.push({ where: `${round} transcript`, text: renderTranscript(lines) });
  said.push({
    where: `${round} config print`,
    text: `${printConfig(parsed.config)}${inspect(parsed.config, { depth: 20 })}`,
  });
}

beforeAll(async () => {
  lab = await startLab({
    users: [{ username: "probe", password: PASSWORD, accessToken: TOKEN }],
  });
  username = lab.users[0]?.username ?? "";
  daemon = await startTestDaemon(config(), { env, files: { "ca.pem": lab.ca } });
  for (const fault of [undefined, ...FAULTS]) {
    if (fault !== undefined) await lab.set(fault, true);
    await listen(fault ?? "healthy");
    await command(fault ?? "healthy");
    await lab.reset();
  }
  said.push({ where: "log", text: daemon.log.join("") });
}, 120_000);

afterAll(async () => {
  await daemon.stop();
  await lab.stop();
});

describe("secrets", () => {
  it("were in use: every mechanism logged in with its own", () => {
    const healthy = said.filter(({ where }) => where.startsWith("healthy /probe"));
    expect(healthy.map(({ text }) => /C: AUTH (\S+)/.exec(text)?.[1])).toEqual([
      "PLAIN",
      "LOGIN",
      "SCRAM-SHA-256",
      "XOAUTH2",
    ]);
    expect(healthy.every(({ text }) => text.includes("probe_success 1"))).toBe(true);
  });

  it("are in no output, log, page, metric, transcript, error or JSON", () => {
    expect(said.length).toBeGreaterThan(100);
    const leaks = said.flatMap(({ where, text }) =>
      forms(username)
        .filter((form) => text.includes(form))
        .map((form) => `${where}: ${form}`),
    );
    expect(leaks).toEqual([]);
  });

  it("would be found if they were", () => {
    const leak = `C: AUTH PLAIN ${Buffer.from(`\0${username}\0${PASSWORD}`).toString("base64")}`;
    expect(forms(username).some((form) => leak.includes(form))).toBe(true);
  });
});
