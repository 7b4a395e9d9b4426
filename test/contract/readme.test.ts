import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { services } from "../../src/app.ts";
import { runCli } from "../../src/cli/program.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-readme-"));
let lab: Lab;

beforeAll(async () => {
  lab = await startLab({ relays: ["eu"] });
  writeFileSync(join(folder, "ca.pem"), lab.ca);
});

afterAll(async () => {
  await lab.stop();
  rmSync(folder, { recursive: true, force: true });
});

function configuration(): string {
  const path = join(folder, "mailgauge.yml");
  const url = `submission://eu.lab.test:${lab.relays.eu?.ports.submission}`;
  writeFileSync(
    path,
    `resolver: { servers: ["${lab.dns.server}"] }\nrelays: [{ name: eu, url: "${url}", tls: { ca: ca.pem } }]\n`,
  );
  return path;
}

/** Without what differs from run to run: times, bars, dates, ports; and where lines break. */
function shape(report: string): string {
  return report
    .replaceAll(/[█▏▎▍▌▋▊▉]+/g, "")
    .replaceAll(/\d+(\.\d+)? m?s\b/g, "TIME")
    .replaceAll(/\d{4}-\d{2}-\d{2}/g, "DATE")
    .replaceAll(/\.test:\d+/g, ".test:PORT")
    .replaceAll(/\s+/g, " ")
    .trim();
}

it("the report in README.md is the one that the program prints", async () => {
  const sample = /```text\n(✗ FAIL[^]*?)```/.exec(readFileSync("README.md", "utf8"))?.[1] ?? "";
  await lab.set("certificate_expired", true);
  let printed = "";
  const io = {
    env: {},
    out: (text: string) => void (printed += text),
    err: () => {},
    outIsTerminal: false,
    errIsTerminal: false,
    columns: 80,
    onStop: () => () => {},
  };
  const args = ["check", "eu", "--probe", "smtp", "--config", configuration()];
  expect(await runCli(args, { version: "0", load: async () => services, io })).toBe(2);
  expect(shape(sample), printed).toBe(shape(printed));
});
