import { join, resolve as resolvePath } from "node:path";
import { stringify } from "yaml";
import { CliError, configurationError, EXIT } from "./cli/exit.ts";
import type { LoadtestRequest, Loadtests } from "./cli/services.ts";
import { type Config, formatProblem, loadProfile, nearest } from "./config/index.ts";
import { systemClock } from "./engine/clock.ts";
import { loadHistory } from "./load-history.ts";
import { newRunId, packageFolder, runLoad } from "./load-run.ts";
import { checkRecipients, onTarget, permittedBy, relayOf, sinkHost } from "./load-target.ts";
import { admitListed } from "./loadtest/guard.ts";
import { clusterObjects } from "./loadtest/kubernetes.ts";
import { LoadtestError } from "./loadtest/loadtest-error.ts";
import { relayParameters, SECRET_PARAMETERS, TARGET_PARAMETERS } from "./loadtest/parameters.ts";
import { prometheusVerdict } from "./loadtest/prometheus-verdict.ts";
import { commonParameters, findScenario, listScenarios, type Scenario } from "./loadtest/scenario-list.ts";
import { seconds } from "./loadtest/seconds.ts";
import type { LoadRun, Objective } from "./model/load-run.ts";
import { worstVerdict } from "./model/observation.ts";
import { createResolver } from "./net/dns/resolver.ts";
import { netSettings } from "./toolkit.ts";

const DEFAULT_ERRORS = 0.01;

/** Load tests with a configuration, or without one. */
export function openLoadtests(config: Config | undefined, servers?: readonly string[]): Loadtests {
  const folder = join(packageFolder(), "loadtests/scenarios");
  const resolver = createResolver({ ...netSettings(config, servers).resolver, clock: systemClock });
  const stopping = new AbortController();
  const scenario = (name: string) => {
    const found = asked(() => findScenario(name, folder, nearest));
    const isOurs = found.path === join(folder, `${name}.ts`);
    const all = isOurs ? [...found.parameters, ...commonParameters(folder)] : found.parameters;
    return { ...found, known: all.map((parameter) => parameter.name) };
  };
  return {
    list: () => listScenarios(folder),
    scenario,
    profile: (path, known) => {
      const result = loadProfile(path, known);
      if (result.ok) return result.parameters;
      throw configurationError(result.problems.map(formatProblem));
    },
    run: async (given, watch) => {
      const chosen = scenario(given.scenario);
      const request = checked(given, chosen.known);
      try {
        return await onTarget(request, config, resolver.resolve, stopping.signal, async (target) => {
          const run = await runLoad({ id: newRunId(), scenario: chosen, request, target, watch });
          return request.prometheus === undefined
            ? run
            : await withRemoteVerdict(run, request.prometheus, request);
        });
      } catch (error) {
        throw asCliError(error);
      }
    },
    kubernetes: async (given) =>
      manifests(given, checked(given, scenario(given.scenario).known), scenario(given.scenario), config),
    verdict: async (id, prometheus, objectives) => {
      const judged = await remoteObjectives(id, baseUrl(prometheus), objectives);
      return { verdict: judged.every(({ ok }) => ok) ? "pass" : "fail", objectives: judged };
    },
    ...loadHistory(config),
    close: async () => {
      stopping.abort();
      resolver.close();
    },
  };
}

/** A request without what nobody may set there, or the scenario does not know. Throws `CliError`. */
function checked(request: LoadtestRequest, known: readonly string[]): LoadtestRequest {
  for (const name of Object.keys(request.parameters)) {
    if (TARGET_PARAMETERS.has(name))
      throw new CliError(
        `${name} is not a parameter to set`,
        EXIT.usage,
        "It comes from --relay, which is checked.",
      );
    if (name.startsWith("K6_"))
      throw new CliError(
        `${name} is a setting of k6, and no parameter of a scenario`,
        EXIT.usage,
        "Write it into the options of the script, where it is one that mailgauge leaves to it.",
      );
    if (SECRET_PARAMETERS.has(name))
      throw new CliError(
        `${name} does not belong on the command line or in a profile, where others can read it`,
        EXIT.usage,
        "Give --password-env or --password-file, or name the relay in the configuration.",
      );
    if (known.length === 0 || known.includes(name)) continue;
    const near = nearest(name, known);
    throw new CliError(
      `${name} is no parameter of ${request.scenario}${near === undefined ? "" : `; did you mean ${near}?`}`,
      EXIT.usage,
      `mailgauge loadtest --list ${request.scenario} shows them.`,
    );
  }
  return {
    ...request,
    parameters: completed(request.parameters),
    ...(request.prometheus === undefined ? {} : { prometheus: baseUrl(request.prometheus) }),
  };
}

/** What follows from others, and paths that k6 would look for beside the script. */
function completed(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { CORPUS: corpus, WINDOW: window, CHUNKING: chunking } = parameters;
  return {
    ...parameters,
    ...(corpus === undefined ? {} : { CORPUS: resolvePath(corpus) }),
    ...(window !== undefined && Number(window) > 1 && chunking === undefined ? { CHUNKING: "yes" } : {}),
  };
}

function manifests(
  given: Parameters<Loadtests["kubernetes"]>[0],
  request: LoadtestRequest,
  scenario: Scenario,
  config: Config | undefined,
): string {
  const relay = relayOf(request, config);
  const { SINK_URL: sink } = request.parameters;
  for (const host of [relay.host, ...(sink === undefined ? [] : [sinkHost(sink)])]) {
    const refusal = admitListed(host, permittedBy(config));
    if (refusal !== undefined) throw new CliError(refusal.message, EXIT.usage, refusal.remedy);
  }
  const id = newRunId();
  const { SMTP_EHLO: helo = "", ...ofRelay } = relayParameters(relay, relay.host);
  // An address literal would be that of this machine.
  const named = helo.startsWith("[") ? ofRelay : { ...ofRelay, SMTP_EHLO: helo };
  const parameters = { ...named, ...request.parameters, SMTP_RUN_ID: id };
  checkRecipients(parameters, permittedBy(config), config);
  const { namespace, image } = given;
  const { objects, notes } = asked(() =>
    clusterObjects({
      id,
      scenario: scenario.name,
      script: scenario.path,
      parameters,
      parallelism: request.processes,
      image,
      ...(namespace === undefined ? {} : { namespace }),
      ...(request.prometheus === undefined ? {} : { prometheus: request.prometheus }),
    }),
  );
  const head = [
    `Run ${id}: ${scenario.name} against ${relay.name}, for k6-operator.`,
    ...notes.map((note) => `First, once:  ${note}`),
    ...(request.prometheus === undefined
      ? ["Without --prometheus each runner judges its own part, and nobody the whole."]
      : [`Afterwards:  mailgauge loadtest --verdict ${id} --prometheus ${request.prometheus}`]),
  ];
  return `${head.map((line) => `# ${line}\n`).join("")}${objects.map((object) => `---\n${stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })}`).join("")}`;
}

async function withRemoteVerdict(
  run: LoadRun,
  url: string,
  { parameters }: LoadtestRequest,
): Promise<LoadRun> {
  try {
    const judged = await remoteObjectives(run.id, url, { p99: parameters.P99, errors: parameters.ERRORS });
    const verdict = judged.every(({ ok }) => ok) ? "pass" : "fail";
    return {
      ...run,
      objectives: [...run.objectives, ...judged],
      verdict: worstVerdict([run.verdict, verdict]),
    };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    // The run itself was measured, and is not lost because Prometheus cannot be asked.
    const asked: Objective = { metric: "prometheus", expression: error.message, ok: false };
    return {
      ...run,
      objectives: [...run.objectives, asked],
      verdict: worstVerdict([run.verdict, "unknown"]),
    };
  }
}

async function remoteObjectives(
  id: string,
  url: string,
  { p99, errors }: { readonly p99?: string | undefined; readonly errors?: string | undefined },
): Promise<readonly Objective[]> {
  const limit = p99 === undefined ? undefined : seconds(p99);
  if (p99 !== undefined && limit === undefined)
    throw new CliError(`--p99: "${p99}" is no duration`, EXIT.usage, "Write one such as 500ms or 2s.");
  const share = errors === undefined ? DEFAULT_ERRORS : Number(errors);
  if (!(share >= 0 && share <= 1))
    throw new CliError(`--errors: "${errors}" is no share`, EXIT.usage, "Write 0 to 1, such as 0.01.");
  const login = loginOf(process.env);
  try {
    return await prometheusVerdict({
      url,
      id,
      errors: share,
      ...(limit === undefined ? {} : { p99Ms: limit * 1000 }),
      ...(login === undefined ? {} : { login }),
    });
  } catch (error) {
    throw asCliError(error);
  }
}

/** The same variables by which k6 logs in for its remote write. */
function loginOf(env: NodeJS.ProcessEnv): { authorization: string } | undefined {
  const { K6_PROMETHEUS_RW_BEARER_TOKEN: token, K6_PROMETHEUS_RW_USERNAME: user } = env;
  if (token) return { authorization: `Bearer ${token}` };
  if (!user) return undefined;
  const pair = `${user}:${env.K6_PROMETHEUS_RW_PASSWORD ?? ""}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

function baseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new CliError(
      "--prometheus: this is no URL",
      EXIT.usage,
      "Write its base URL, such as http://127.0.0.1:9090.",
    );
  if (url.username !== "" || url.password !== "")
    throw new CliError(
      "--prometheus: the URL holds a user name or password",
      EXIT.usage,
      "Give them as K6_PROMETHEUS_RW_USERNAME and K6_PROMETHEUS_RW_PASSWORD, which k6 reads too.",
    );
  return `${url.origin}${url.pathname.replace(/(?:\/api\/v1\/(?:write|query))?\/*$/, "")}`;
}

function asked<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asCliError(error);
  }
}

function asCliError(error: unknown): unknown {
  if (!(error instanceof LoadtestError)) return error;
  return new CliError(error.message, error.kind === "usage" ? EXIT.usage : EXIT.unknown, error.remedy);
}
