import type { Logger } from "pino";
import { AddressInUseError } from "./cli/exit.ts";
import type { DemoOptions, Running } from "./cli/services.ts";
import { type ConfigResult, parseConfig } from "./config/index.ts";
import { type Daemon, startDaemon } from "./daemon.ts";
import { prepareDemoLoad } from "./demo-load.ts";
import type { FaultStatus } from "./lab/fault-panel.ts";
import { type Lab, startLab } from "./lab/lab.ts";
import type { FaultPanel, PanelFault } from "./server/types.ts";
import { createLogger } from "./sinks/log/logger.ts";
import { configDeps } from "./toolkit.ts";
import { packageVersion } from "./version.ts";

const RELAYS = ["eu", "us", "asia"] as const;
/** STARTTLS and AUTH: a load test with all phases. */
const LOADED_RELAY = "eu";
const CA_FILE = "lab-ca.pem";
const PASSWORD = "LAB_PASSWORD";
const USUAL_ADDRESS = "127.0.0.1:9825";
const ANY_FREE_PORT = "127.0.0.1:0";
/** Quicker than this, one run would not end before the next begins. */
const LEAST_INTERVAL_MS = 2000;

/** What a user would write to watch the lab: six targets, every probe. */
function demoConfig(lab: Lab, seconds: number, store?: string): string {
  const port = (relay: string, service: "smtp" | "submission" | "submissions") =>
    lab.relays[relay]?.ports[service] ?? 0;
  const [user] = lab.users;
  const auth = `{ username: ${user?.username ?? "probe"}, password: { env: ${PASSWORD} } }`;
  const tls = `{ ca: ${CA_FILE} }`;
  const every = `interval: ${seconds}s`;
  return `
defaults: { ${every}, timeout: ${Math.round(seconds * 800)}ms, helo: probe.lab.test, from: probe@lab.test }
resolver: { servers: ["${lab.dns.server}"], timeout: 1s }
relays:
  - { name: eu, url: "submission://eu.lab.test:${port("eu", "submission")}", auth: ${auth}, to: seed@lab.test, depth: data, tls: ${tls}, ${every} }
  - { name: us, url: "smtp://us.lab.test:${port("us", "smtp")}", to: seed@lab.test, depth: rcpt, tls: ${tls}, ${every} }
  - { name: asia, url: "submissions://asia.lab.test:${port("asia", "submissions")}", auth: ${auth}, to: seed@lab.test, depth: data, tls: ${tls}, ${every} }
  - { name: us-closed, url: "smtp://us.lab.test:${port("us", "smtp")}", expect: refuse_relay, foreign_recipient: stranger@example.net, tls: ${tls}, probes: [smtp], ${every} }
domains:
  - { name: ${lab.domain}, port: ${lab.ports.mx}, ${every} }
addresses:
  - address: ${lab.addresses.watched}
    name: outbound-1
    ${every}
    options: { blocklist: { lists: [ { zone: ${lab.blocklists.address}, min_interval: 0s } ] } }
limits: { per_destination: 10 }
log: { level: warn }
${store === undefined ? "" : `store: { path: ${JSON.stringify(store)} }\n`}`;
}

export interface Demo extends Running {
  readonly hints: readonly string[];
  readonly daemon: Daemon;
  readonly lab: Lab;
  /** Where the load test keeps its result; absent without k6. */
  readonly store?: string;
}

/** Starts the lab and the daemon that watches it, and loads a relay once when there is a k6. `stop` stops all. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const everyMs = Math.max(LEAST_INTERVAL_MS, options.intervalMs);
  const lab = await startLab({ relays: RELAYS });
  const logger = createLogger({ level: "warn" });
  const load = await prepareDemoLoad(process.env, (message) => logger.warn(message));
  const stopAll = () => Promise.all([load?.stop(), lab.stop()]).then(() => undefined);
  try {
    const { listen } = options;
    const scene: Scene = { lab, everyMs, logger, store: load?.store };
    const daemon = await (listen === undefined ? watchSomewhere(scene) : watch(scene, listen));
    const stopped = daemon.stopped.then(stopAll);
    const config = configOf(scene);
    if (config.ok) void load?.run(config.config, LOADED_RELAY);
    return {
      url: daemon.url,
      hints: hints(daemon.url, everyMs, load !== undefined),
      stopped,
      stop: () => daemon.stop(),
      daemon,
      lab,
      ...(load === undefined ? {} : { store: load.store }),
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

/** What the daemon of the demo is made from. */
interface Scene {
  readonly lab: Lab;
  readonly everyMs: number;
  readonly logger: Logger;
  /** Where the load test keeps its result. */
  readonly store: string | undefined;
}

/** A second demo, or a daemon at work, must not keep anybody from trying. */
async function watchSomewhere(scene: Scene): Promise<Daemon> {
  try {
    return await watch(scene, USUAL_ADDRESS);
  } catch (error) {
    if (!(error instanceof AddressInUseError)) throw error;
    return watch(scene, ANY_FREE_PORT);
  }
}

function configOf({ lab, everyMs, store }: Scene): ConfigResult {
  const [user] = lab.users;
  const env = { [PASSWORD]: user?.password ?? "" };
  const text = demoConfig(lab, Math.round(everyMs / 1000), store);
  const result = parseConfig(text, "demo.yml", { ...configDeps, env, readFile: () => lab.ca });
  if (!result.ok) return result;
  // Certificates are looked at every ten minutes, since they do not change each minute. The lab's do.
  const jobs = result.config.jobs.map((job) => ({ ...job, schedule: { everyMs } }));
  return { ok: true, config: { ...result.config, jobs } };
}

async function watch(scene: Scene, listen: string): Promise<Daemon> {
  return startDaemon({
    load: () => configOf(scene),
    listen,
    version: packageVersion(),
    panel: panelOf(scene.lab),
    logger: scene.logger,
    drainMs: 2000,
    warmUpMs: 1000,
  });
}

/** Faults that the demo's panel leaves out: they need options or subjects that the demo does not have. */
function shown({ expect }: FaultStatus): boolean {
  return !["smtp_clear", "smtp_clear_auth", "submission_token", "lmtp"].includes(expect.target);
}

function panelOf(lab: Lab): FaultPanel {
  return {
    faults: () => lab.faults().filter(shown).map(panelFault),
    set: async (id, on, values = {}) => {
      try {
        await lab.set(id, on, switchOptions(values));
      } catch (error) {
        throw new RangeError(error instanceof Error ? error.message : String(error), { cause: error });
      }
    },
    reset: () => lab.reset(),
  };
}

function panelFault(fault: FaultStatus): PanelFault {
  const { id, title, group, description, on, relays } = fault;
  const bound =
    group !== "blocklist" && fault.expect.target !== "domain" && fault.expect.target !== "address";
  const target = relays.length === 0 || relays.length > RELAYS.length ? undefined : relays.join(", ");
  return {
    id,
    title,
    group,
    description,
    active: on,
    ...(target === undefined || !on ? {} : { target }),
    ...(bound ? { fields: [{ name: "relay", label: "on", value: "all", choices: ["all", ...RELAYS] }] } : {}),
  };
}

function switchOptions({ relay }: Readonly<Record<string, string>>): { relay?: string } {
  return relay === undefined || relay === "" || relay === "all" ? {} : { relay };
}

function hints(url: string, everyMs: number, loads: boolean): string[] {
  const base = url.replace(/\/$/, "");
  return [
    `Six targets are probed every ${Math.round(everyMs / 1000)} s: three relays, a relay that must refuse to relay, a domain, an address.`,
    "",
    "Try:",
    `  1. Open the page, switch on "Certificate expired" under TLS, and watch verdict and cause follow.`,
    `  2. curl ${base}/metrics | grep mailgauge_probe_success`,
    `  3. curl '${base}/probe?target=eu&module=submission&debug=true'`,
    loads
      ? `  4. A load test runs against ${LOADED_RELAY} for ten seconds; then its report stands on the page under "Load tests".`
      : "  4. make k6 (about two minutes, once), then start the demo again: it runs a load test as well.",
    "  Ctrl-C stops everything.",
  ];
}
