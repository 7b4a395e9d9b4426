import { Command, InvalidArgumentError, Option } from "commander";
import { CliError, EXIT, exitCodeOf } from "./exit.ts";
import type { LoadRun } from "../model/load-run.ts";
import type { CliIo } from "./io.ts";
import { listText, runsText, scenarioText } from "./loadtest-list.ts";
import { reportLoadRun, requireWritable } from "./loadtest-report.ts";
import { bareOptions, type BareFlags, configOption, configPath, withEnvelope, withLogin } from "./options.ts";
import type { Loadtests, LoadtestRequest, LoadServices } from "./services.ts";

export interface LoadtestFlags extends BareFlags {
  readonly config?: string;
  readonly relay?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly profile?: string;
  readonly maxRefusals?: number;
  readonly processes: number;
  readonly sink?: string | true;
  readonly list?: boolean;
  readonly runs?: boolean;
  readonly show?: string;
  readonly json?: boolean;
  readonly junit?: string;
  readonly html?: string;
  readonly compare?: string;
  readonly store?: string;
  readonly prometheus?: string;
  readonly verdict?: string;
  readonly kubernetes?: boolean;
  readonly image: string;
  readonly namespace?: string;
}

/** Options that stand for a parameter of the scenario. */
const PARAMETERS = [
  ["--rate <n>", "RATE", "messages a second"],
  ["--duration <time>", "DURATION", "how long, such as 30s or 10m"],
  ["--vus <n>", "VUS", "virtual users, each with a session of its own"],
  ["--size <size>", "SIZE", "size of a message, such as 1KB or 2MB"],
  ["--recipients <n>", "RECIPIENTS", "recipients of a message"],
  ["--batch <n>", "BATCH", "messages an iteration"],
  ["--window <n>", "WINDOW", "messages in flight on a connection; more than 1 uses BDAT"],
  ["--p99 <time>", "P99", "objective: longest 99th percentile of the time of a message"],
  ["--errors <share>", "ERRORS", "objective: largest share of messages that are not accepted, 0 to 1"],
  ["--seed <n>", "SEED", "seed of generated text and of each choice"],
  ["--corpus <folder>", "CORPUS", "send the .eml files of this folder"],
] as const;

/** `mailgauge loadtest SCENARIO --relay NAME|URL` */
export function loadtestCommand(load: LoadServices, io: CliIo, exit: (code: number) => void): Command {
  const command = new Command("loadtest")
    .summary("load a relay of yours, and say how much it takes and what breaks first")
    .description(
      "Run a load test with k6. The relay must be loopback, or listed under loadtest.owned in the configuration. Ctrl-C ends the test with its summary.",
    )
    .argument("[scenario]", "name of a scenario (see --list), or the path of a k6 script of your own")
    .option("--relay <relay>", "configured name or URL of the relay")
    .option(
      "--sink [profile]",
      "load a mail sink that is started for this run, in place of a relay; profile: how it behaves (default: accept)",
    )
    .option("--list", "list the scenarios; with SCENARIO: its parameters")
    .addOption(configOption());
  for (const [flag, , text] of PARAMETERS) command.option(flag, text);
  withOutputs(withLogin(withEnvelope(withRun(command))));
  return command
    .addHelpText("after", EXAMPLES)
    .action(async (scenario: string | undefined, flags: LoadtestFlags) => {
      const services = await load();
      const loadtests = await services.openLoadtests(configPath(flags.config, io), flags.resolver);
      try {
        exit(await perform(scenario, flags, loadtests, io));
      } finally {
        await loadtests.close();
      }
    });
}

async function perform(
  scenario: string | undefined,
  flags: LoadtestFlags,
  loadtests: Loadtests,
  io: CliIo,
): Promise<number> {
  if (flags.list === true) {
    io.out(
      scenario === undefined
        ? listText(loadtests.list(), io)
        : scenarioText(loadtests.scenario(scenario), io),
    );
    return EXIT.pass;
  }
  if (flags.runs === true) {
    const runs = loadtests.runs(flags.store);
    io.out(flags.json === true ? `${JSON.stringify(runs, null, 2)}\n` : runsText(runs, io));
    return EXIT.pass;
  }
  if (flags.show !== undefined) return showAgain(flags.show, flags, loadtests, io);
  if (flags.verdict !== undefined) return remoteVerdict(flags.verdict, flags, loadtests, io);
  if (scenario === undefined)
    throw new CliError(
      "no scenario is named",
      undefined,
      "`mailgauge loadtest --list` shows them; smoke is the first to run.",
    );
  const request = requestOf(scenario, targetOf(flags), flags, loadtests);
  if (flags.kubernetes === true) {
    io.out(await loadtests.kubernetes({ ...request, image: flags.image, namespace: flags.namespace }));
    return EXIT.pass;
  }
  // What cannot be compared or written is found out before the relay is loaded.
  const before = comparedWith(flags, loadtests);
  requireWritable(flags);
  const run = await loadtests.run(request, {
    write: (text) => io.err(text),
    isTerminal: io.errIsTerminal,
    columns: io.columns,
    onStop: (listener) => io.onStop(() => listener()),
  });
  const written = reportLoadRun(run, before, flags, loadtests, io);
  return written ? exitCodeOf(run.verdict) : EXIT.unknown;
}

/** Who is to be loaded: a relay, or a sink of our own. */
function targetOf({ relay, sink, kubernetes }: LoadtestFlags): Pick<LoadtestRequest, "relay" | "sink"> {
  if (relay !== undefined && sink !== undefined)
    throw new CliError(
      "--sink takes the place of --relay",
      undefined,
      "Leave one of them out; a sink behind a relay is started by itself: -e SINK_URL=URL tells of it.",
    );
  if (sink !== undefined && kubernetes !== true) return { relay: "", sink: sink === true ? "accept" : sink };
  if (relay === undefined)
    throw new CliError(
      "no relay is named",
      undefined,
      "Give --relay a configured name, or a URL such as smtp://127.0.0.1:2525; or --sink, to try it without one.",
    );
  return { relay };
}

/** A kept run as it was reported when it ended, with its exit code; it is not kept anew. */
function showAgain(id: string, flags: LoadtestFlags, loadtests: Loadtests, io: CliIo): number {
  const run = loadtests.earlier(id, flags.store);
  const written = reportLoadRun(run, comparedWith(flags, loadtests), flags, { keep: () => {} }, io);
  return written ? exitCodeOf(run.verdict) : EXIT.unknown;
}

function comparedWith({ compare, store }: LoadtestFlags, loadtests: Loadtests): LoadRun | undefined {
  return compare === undefined ? undefined : loadtests.earlier(compare, store);
}

async function remoteVerdict(
  id: string,
  flags: LoadtestFlags,
  loadtests: Loadtests,
  io: CliIo,
): Promise<number> {
  if (flags.prometheus === undefined)
    throw new CliError(
      "--verdict asks Prometheus, and none is named",
      undefined,
      "Give --prometheus its URL.",
    );
  const objectives = { p99: stringFlag(flags, "p99"), errors: stringFlag(flags, "errors") };
  const { verdict, objectives: judged } = await loadtests.verdict(id, flags.prometheus, objectives);
  if (flags.json === true) io.out(`${JSON.stringify({ verdict, objectives: judged }, null, 2)}\n`);
  else
    io.out(
      judged.map(({ metric, expression, ok }) => `${ok ? "✓" : "✗"} ${metric} ${expression}\n`).join(""),
    );
  return exitCodeOf(verdict);
}

function requestOf(
  scenario: string,
  target: Pick<LoadtestRequest, "relay" | "sink">,
  flags: LoadtestFlags,
  loadtests: Loadtests,
): LoadtestRequest {
  const { known } = loadtests.scenario(scenario);
  const profile = flags.profile === undefined ? {} : loadtests.profile(flags.profile, known);
  const given = PARAMETERS.flatMap(([flag, name]) => {
    const value = stringFlag(flags, flag.slice(2).split(" ")[0] ?? "");
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    scenario,
    ...target,
    bare: bareOptions(flags),
    parameters: { ...profile, ...Object.fromEntries(given), ...flags.env },
    processes: flags.processes,
    ...(flags.maxRefusals === undefined ? {} : { maxRefusals: flags.maxRefusals }),
    ...(flags.prometheus === undefined ? {} : { prometheus: flags.prometheus }),
  };
}

function stringFlag(flags: LoadtestFlags, name: string): string | undefined {
  const value = (flags as unknown as Readonly<Record<string, unknown>>)[name];
  return typeof value === "string" ? value : undefined;
}

function withRun(command: Command): Command {
  return command
    .addOption(
      new Option(
        "-e, --env <name=value>",
        "any parameter of the scenario; may be given several times",
      ).argParser(assignment),
    )
    .option("--profile <file>", "parameters from a YAML or JSON file, such as { RATE: 200, DURATION: 5m }")
    .addOption(
      new Option(
        "--max-refusals <share>",
        "end the test when the relay answers more than this share with 421 or 5xx for 5 s; 1: never (default: 0.5)",
      ).argParser(share),
    )
    .addOption(
      new Option("--processes <n>", "divide the work among this many processes")
        .argParser(processes)
        .default(1),
    );
}

function withOutputs(command: Command): Command {
  return command
    .option("--json", "print the run as JSON")
    .option("--junit <file>", "write JUnit XML to a file")
    .option("--html <file>", "write a report with charts to a file")
    .option(
      "--compare <run>",
      "say what got slower since this run: a file made with --json, or the id of a kept run",
    )
    .option(
      "--store <file>",
      "keep the run in this database, and find kept ones there (default: the store of the configuration)",
    )
    .option("--runs", "list the kept runs, newest first")
    .option("--show <run>", "print a kept run again, by its id, or one of a file made with --json")
    .option(
      "--prometheus <url>",
      "send by remote write to this Prometheus, and take the verdict from it as well",
    )
    .option("--verdict <id>", "only ask Prometheus for the verdict on the run with this id")
    .option("--kubernetes", "print the manifests for k6-operator, and run nothing")
    .addOption(
      new Option("--image <name>", "image with our k6, for --kubernetes").default("mailgauge-k6:latest"),
    )
    .option("--namespace <name>", "namespace, for --kubernetes");
}

function assignment(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const match = /^([A-Z][A-Z0-9_]*)=([^]*)$/.exec(text);
  if (match === null)
    throw new InvalidArgumentError("Write NAME=VALUE with a name in capitals, such as RATE=100.");
  return { ...previous, [match[1] ?? ""]: match[2] ?? "" };
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError("Give a share from 0 to 1, such as 0.2.");
  return value;
}

const MAX_PROCESSES = 64;

function processes(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > MAX_PROCESSES)
    throw new InvalidArgumentError(`Give a whole number from 1 to ${MAX_PROCESSES}.`);
  return value;
}

const EXAMPLES = `
Examples:
  mailgauge loadtest smoke --sink                              # no relay at hand: load a sink that is started for it
  mailgauge loadtest --list                                    # the scenarios
  mailgauge loadtest --list capacity                           # what one of them takes
  mailgauge loadtest smoke --relay smtp://127.0.0.1:2525
  mailgauge loadtest throughput --relay eu --rate 200 --duration 1m --p99 500ms
  mailgauge loadtest capacity --relay eu -e START=100 --html report.html --json > run.json
  mailgauge loadtest throughput --relay eu --compare run.json
  mailgauge loadtest --runs                                    # what is kept in the store of the configuration
  mailgauge loadtest --show k3v9x2ab --html report.html

Exit status: 0 pass, 1 warn, 2 an objective failed, 3 unknown or broken off, 64 usage or a relay that may not be loaded,
78 configuration. After Ctrl-C it is that of what ran, and never 0.`;
