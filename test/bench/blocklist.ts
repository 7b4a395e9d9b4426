import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOOPBACK } from "../support/servers/ports.ts";
import { startRbldnsd } from "../support/servers/rbldnsd.ts";
import type { Benchmark, Row } from "./support/benchmark.ts";
import { commandUsage } from "./support/command.ts";
import { Cast } from "./support/stage.ts";
import { median, round } from "./support/statistics.ts";
import type { BlocklistMethods, Sweep } from "./workers/blocklist-worker.ts";
import type { DnsProxyMethods } from "./workers/dns-proxy-worker.ts";

const ADDRESSES = Array.from({ length: 256 }, (_, octet) => `198.51.100.${octet}`);
const LISTED = 32;
const ZONES = Array.from({ length: 8 }, (_, list) => `bl${list}.bench.test`);
const [DEAD_ZONE = ""] = ZONES;
const ROUND_TRIP_MS = 20;
const TIMEOUT_MS = 2000;
const ROUNDS = 5;
const AIM_MS = 1000;
/** dnsbl_exporter 0.12, measured apart, since Debian does not ship it: the sweep, and the CPU of one look-up. */
const EXPORTER = { wallMs: 45_000, lookUpMs: 0.12 };

async function startServers(cast: Cast) {
  const listed = ADDRESSES.slice(0, LISTED).map((address) => `${address} :127.0.0.2:listed`);
  const data = [":127.0.0.2:listed $", "127.0.0.2", ...listed].join("\n");
  const zones = Object.fromEntries(ZONES.map((zone) => [zone, { type: "ip4set", data } as const]));
  const rbldnsd = await startRbldnsd(zones);
  cast.onStop(() => rbldnsd.stop());
  const proxy = cast.worker<DnsProxyMethods>(new URL("workers/dns-proxy-worker.ts", import.meta.url));
  const port = await proxy.call("start", { upstream: rbldnsd.ports.dns });
  const file = join(rbldnsd.dir, "queries");
  const names = ADDRESSES.map((address) => address.split(".").toReversed().join("."));
  writeFileSync(file, names.flatMap((name) => ZONES.map((zone) => `${name}.${zone} A`)).join("\n"));
  return { proxy, port, file };
}

/** The fastest that there is: dnsperf knows all its questions beforehand and understands no answer. */
async function dnsperf(port: number, file: string): Promise<{ wallMs: number; lookUpMs: number }> {
  const args = ["-s", LOOPBACK, "-p", String(port), "-d", file, "-q", "128", "-n", "1"];
  const { cpuMs, output } = await commandUsage(["dnsperf", ...args]);
  const wallMs = Number(/Run time \(s\):\s+([\d.]+)/.exec(output)?.[1]) * 1000;
  return { wallMs, lookUpMs: cpuMs / (ADDRESSES.length * ZONES.length) };
}

function checkVerdicts({ verdicts }: Sweep, lists: number): void {
  const [listed, clean] = [LISTED * lists, (ADDRESSES.length - LISTED) * lists];
  if (verdicts["listed"] !== listed || verdicts["not_listed"] !== clean) {
    throw new Error(`the sweep is wrong: ${JSON.stringify(verdicts)}`);
  }
}

async function measure(cast: Cast, say: (line: string) => void): Promise<readonly Row[]> {
  const { proxy, port, file } = await startServers(cast);
  const worker = cast.worker<BlocklistMethods>(new URL("workers/blocklist-worker.ts", import.meta.url));
  const order = { dnsPort: port, addresses: ADDRESSES, zones: ZONES, timeoutMs: TIMEOUT_MS };
  await proxy.call("behave", { delayMs: 0 });
  await worker.call("sweep", order);

  const sweeps: Sweep[] = [];
  const peers: { wallMs: number; lookUpMs: number }[] = [];
  let queries = 0;
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    await proxy.call("behave", { delayMs: ROUND_TRIP_MS });
    const sweep = await worker.call("sweep", order);
    ({ queries } = await proxy.call("count", undefined));
    checkVerdicts(sweep, ZONES.length);
    sweeps.push(sweep);
    peers.push(await dnsperf(port, file));
    say(
      `round ${turn + 1}: ${round(sweep.wallMs)} ms, ${queries} questions; dnsperf ${round(peers.at(-1)?.wallMs ?? 0)} ms`,
    );
  }
  await proxy.call("behave", { delayMs: ROUND_TRIP_MS, deadZone: DEAD_ZONE });
  const dead = await worker.call("sweep", order);
  checkVerdicts(dead, ZONES.length - 1);
  const { dead: deadQueries } = await proxy.call("count", undefined);
  return rows(sweeps, queries, peers, dead, deadQueries);
}

function rows(
  sweeps: readonly Sweep[],
  queries: number,
  peers: readonly { readonly wallMs: number; readonly lookUpMs: number }[],
  dead: Sweep,
  deadQueries: number,
): readonly Row[] {
  const wallMs = median(sweeps.map((sweep) => sweep.wallMs));
  const lookUpMs = median(sweeps.map(({ cpuMs }) => cpuMs / queries));
  const [peerMs, peerLookUpMs] = [peers.map((peer) => peer.wallMs), peers.map((peer) => peer.lookUpMs)].map(
    median,
  );
  const extraMs = dead.wallMs - wallMs;
  return [
    {
      what: `${ADDRESSES.length} addresses x ${ZONES.length} lists at ${ROUND_TRIP_MS} ms round trip`,
      ours: `${round(wallMs / 1000)} s`,
      peer: `dnsperf ${round((peerMs ?? 0) / 1000)} s; dnsbl_exporter ${EXPORTER.wallMs / 1000} s (not in this run)`,
      ratio: wallMs / EXPORTER.wallMs,
      aim: `<= ${AIM_MS / 1000} s`,
      met: wallMs <= AIM_MS,
    },
    {
      what: "what one dead list costs the sweep",
      ours: `${round(extraMs / 1000)} s, ${deadQueries} questions`,
      peer: `its timeout ${TIMEOUT_MS / 1000} s`,
      ratio: extraMs / TIMEOUT_MS,
      aim: "<= 1 timeout in all (1.1x)",
      met: extraMs <= 1.1 * TIMEOUT_MS,
    },
    {
      what: "CPU a look-up",
      ours: `${round(lookUpMs)} ms`,
      peer: `dnsbl_exporter ${EXPORTER.lookUpMs} ms (not in this run); dnsperf ${(peerLookUpMs ?? 0).toFixed(3)} ms`,
      ratio: lookUpMs / EXPORTER.lookUpMs,
      aim: "<= 2x",
      met: lookUpMs <= 2 * EXPORTER.lookUpMs,
    },
  ];
}

export const blocklist: Benchmark = {
  name: "blocklist",
  title: "256 addresses on 8 blocklists, far away",
  seconds: 15,
  run: async (say) => {
    const cast = new Cast();
    try {
      return await measure(cast, say);
    } finally {
      await cast.stop();
    }
  },
};
