import { CliError, EXIT } from "./cli/exit.ts";
import { flagProblem } from "./cli/flag-problem.ts";
import type { LoadtestRequest } from "./cli/services.ts";
import type { Config } from "./config/index.ts";
import { packageFolder } from "./load-run.ts";
import { parseTarget } from "./config/index.ts";
import { admitHost, type Admission, type Permitted, refuseRecipients } from "./loadtest/guard.ts";
import { startOwnSink } from "./loadtest/own-sink.ts";
import { type Parameters, relayParameters } from "./loadtest/parameters.ts";
import type { Resolve } from "./model/dns.ts";
import type { Relay } from "./model/subject.ts";
import { firstReachable } from "./net/reachable.ts";
import { configDeps } from "./toolkit.ts";

/** A relay that may be loaded, at an address that was checked and answers. */
export interface LoadTarget {
  readonly relay: Relay;
  /** Of the relay, and of the sink where one is named. */
  readonly addresses: readonly string[];
  /** All that k6 gets. */
  readonly parameters: Parameters;
}

const REACH_TIMEOUT_MS = 5_000;
const NOTHING: Permitted = { owned: [], sinkDomains: [] };

/** Finds the relay of a request. Throws `CliError` for one that is neither configured nor a URL. */
export function relayOf({ relay, bare }: LoadtestRequest, config: Config | undefined): Relay {
  const configured = config?.relays.find(({ name }) => name === relay);
  const found = configured ?? bareRelay(relay, bare, config);
  const { from, to, helo } = bare;
  return {
    ...found,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(helo === undefined ? {} : { helo }),
  };
}

function bareRelay(url: string, options: LoadtestRequest["bare"], config: Config | undefined): Relay {
  if (!url.includes("://")) {
    const names = config?.relays.map(({ name }) => name) ?? [];
    const known =
      names.length === 0 ? "No relay is configured" : `Configured relays: ${names.slice(0, 20).join(", ")}`;
    throw new CliError(
      `there is no relay ${JSON.stringify(url)}`,
      EXIT.usage,
      `${known}; a URL such as smtp://127.0.0.1:2525 will do as well.`,
    );
  }
  const { servers: _, ...bare } = options;
  const result = parseTarget(url, configDeps, bare);
  if (!result.ok) throw new CliError(result.problems.map(flagProblem).join("\n"));
  const subject = result.jobs.map((job) => job.subject).find(({ kind }) => kind === "relay");
  if (subject?.kind !== "relay")
    throw new CliError(`${url} is no relay`, undefined, "Give a URL such as smtp://127.0.0.1:2525.");
  return subject;
}

/** What the configuration allows to load. */
export function permittedBy(config: Config | undefined): Permitted {
  return config?.loadtest ?? NOTHING;
}

/** Does something with the target of a request: a relay, or a sink that lives for as long. Throws `CliError`. */
export async function onTarget<T>(
  request: LoadtestRequest,
  config: Config | undefined,
  resolve: Resolve,
  signal: AbortSignal,
  act: (target: LoadTarget) => Promise<T>,
): Promise<T> {
  if (request.sink === undefined) return act(await admitTarget(request, config, resolve, signal));
  const sink = await startOwnSink(request.sink, process.env, packageFolder());
  try {
    const parameters = { ...request.parameters, SMTP_CA: sink.ca, SINK_URL: sink.http };
    const target = await admitTarget({ ...request, relay: sink.url, parameters }, config, resolve, signal);
    // Its port is another one in each run, which says nothing.
    return await act({ ...target, relay: { ...target.relay, name: `mailgauge-sink (${request.sink})` } });
  } finally {
    await sink.stop();
  }
}

/** Checks everything that a request would load, and pins it to the address that was checked. Throws `CliError`. */
async function admitTarget(
  request: LoadtestRequest,
  config: Config | undefined,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<LoadTarget> {
  const relay = relayOf(request, config);
  const permitted = permittedBy(config);
  const allowed = admitted(await admitHost(relay.host, permitted, resolve), config);
  const parameters = { ...relayParameters(relay, allowed[0] ?? relay.host), ...request.parameters };
  checkRecipients(parameters, permitted, config);
  const sink = await sinkAddresses(parameters.SINK_URL, permitted, resolve, config);
  const usable = allowed.filter(
    (address) => relay.family === undefined || (relay.family === 6) === address.includes(":"),
  );
  const reached = await firstReachable(usable, relay.port, {
    timeoutMs: REACH_TIMEOUT_MS,
    signal,
    ...(relay.sourceAddress === undefined ? {} : { localAddress: relay.sourceAddress }),
  });
  if ("reasons" in reached) {
    const why =
      reached.reasons.length === 0
        ? `no address of family IPv${relay.family ?? ""}`
        : reached.reasons.join("; ");
    throw new CliError(
      `${relay.name} cannot be reached: ${why}`,
      EXIT.unknown,
      `\`mailgauge check ${request.relay}\` says more.`,
    );
  }
  return {
    relay,
    addresses: [reached.address, ...sink],
    parameters: { ...parameters, SMTP_HOST: reached.address },
  };
}

/** The recipients that a request names itself; those that a scenario makes up are in `.test`. */
export function checkRecipients(
  parameters: Parameters,
  permitted: Permitted,
  config: Config | undefined,
): void {
  const { SMTP_TO: to } = parameters;
  const refusal = to === undefined ? undefined : refuseRecipients(to.split(","), permitted);
  if (refusal !== undefined) admitted(refusal, config);
}

async function sinkAddresses(
  given: string | undefined,
  permitted: Permitted,
  resolve: Resolve,
  config: Config | undefined,
): Promise<readonly string[]> {
  if (given === undefined) return [];
  return admitted(await admitHost(sinkHost(given), permitted, resolve), config);
}

/** Of SINK_URL. It is not repeated in errors: whoever writes a password into it shall not read it there. */
export function sinkHost(given: string): string {
  const url = URL.parse(given);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === "")
    return url.hostname;
  throw new CliError(
    "SINK_URL: this is no URL of a sink, which has neither a user nor a password",
    EXIT.usage,
    "Write one such as http://127.0.0.1:9826.",
  );
}

function admitted(admission: Admission, config: Config | undefined): readonly string[] {
  if ("addresses" in admission) return admission.addresses;
  const where = config === undefined ? "" : `  (${config.file})`;
  throw new CliError(admission.message, EXIT.usage, `${admission.remedy}${where}`);
}
