import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { blocklistNames } from "../probes/blocklist/index.ts";
import { type Config, type ConfigResult, formatProblem } from "./config/index.ts";
import { AddressInUseError, CliError, configurationError, EXIT } from "./cli/exit.ts";
import type { Running } from "./cli/services.ts";
import { causeSentence } from "./diagnosis/index.ts";
import { systemClock } from "./engine/clock.ts";
import { destinationsOf } from "./engine/destinations.ts";
import { nextRun } from "./engine/schedule.ts";
import { createScheduler, type Scheduler } from "./engine/scheduler.ts";
import type { Job } from "./model/probe.ts";
import { endOf } from "./model/subject.ts";
import { probeJob } from "./probe-target.ts";
import { modulesByName } from "./server/modules.ts";
import { createServer, type RunningServer } from "./server/server.ts";
import type { FaultPanel, ProbeModule, ReloadResult } from "./server/types.ts";
import { createLogger } from "./sinks/log/logger.ts";
import { createLogSink } from "./sinks/log/sink.ts";
import { createPrometheusSink } from "./sinks/prometheus/sink.ts";
import { createLoadRunReader } from "./store/load-run-reader.ts";
import { createRecentStore } from "./store/recent.ts";
import { netSettings, openObserving, probes } from "./toolkit.ts";

/**
 * Least time between two starts: 15,000 runs a minute. A probe costs about a millisecond of CPU, so that two cores are
 * left half idle even when everything is due at once, and no server is charged for our own queue.
 */
const SPACING_MS = 4;

export interface DaemonOptions {
  /** Reads the configuration; called again at each reload. */
  readonly load: () => ConfigResult;
  /** In place of the configured address. */
  readonly listen?: string;
  readonly version: string;
  readonly panel?: FaultPanel;
  readonly logger?: Logger;
  /** Milliseconds that runs under way have to end when the daemon stops. */
  readonly drainMs?: number;
  /** How soon every job runs for the first time; 30 s by default, so that a start is no burst. */
  readonly warmUpMs?: number;
}

export interface Daemon extends Running {
  reload(): Promise<ReloadResult>;
  /** Runs a job out of turn; see `Scheduler.trigger`. */
  trigger(jobId: string): boolean;
}

const KEPT = "was not reloaded; the old one stays in force";

/** Throws `CliError` (78) with every problem of the configuration, before anything has begun. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const first = options.load();
  if (!first.ok) throw configurationError(first.problems.map(formatProblem));
  const daemon = new Assembly(first.config, options);
  await daemon.listen();
  return daemon.running();
}

/** Says what to do when the port cannot be had, or the web configuration is bad. */
async function openServer(options: Parameters<typeof createServer>[0]): Promise<RunningServer> {
  try {
    return await createServer(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") throw new AddressInUseError(options.listen);
    // It says itself what would be right.
    if (error instanceof RangeError) throw new CliError(message, EXIT.usage);
    if (code !== undefined)
      throw new CliError(
        `cannot listen on ${options.listen}: ${message}`,
        EXIT.usage,
        "Give an address of this machine with --listen, such as 127.0.0.1:9825.",
      );
    throw new CliError(message, EXIT.configuration);
  }
}

/** Every part of the daemon, wired; one for each process. */
class Assembly {
  readonly #options: DaemonOptions;
  readonly #logger: Logger;
  readonly #metrics;
  readonly #recent = createRecentStore();
  readonly #observing;
  readonly #scheduler: Scheduler;
  readonly #sinks;
  #config: Config;
  #server: RunningServer | undefined;
  #ready = false;
  #stopping: Promise<void> | undefined;
  #resolveStopped: () => void = () => {};
  readonly #stopped = new Promise<void>((resolve) => {
    this.#resolveStopped = resolve;
  });

  constructor(config: Config, options: DaemonOptions) {
    this.#options = options;
    this.#config = config;
    this.#logger = options.logger ?? createLogger(config.log);
    this.#metrics = createPrometheusSink({
      version: options.version,
      clock: systemClock,
      blocklists: listsOf,
      intervalSeconds,
      onError: (error, job) =>
        this.#logger.error({ job: job.id, error: String(error) }, "a metric could not be recorded"),
    });
    this.#sinks = [this.#metrics, this.#recent, createLogSink(this.#logger)];
    this.#observing = openObserving(netSettings(config), (job, error) => this.#defect(job, error));
    this.#scheduler = createScheduler({
      observe: this.#observing.observe,
      sinks: this.#sinks,
      clock: systemClock,
      events: this.#metrics.events,
      limits: config.limits,
      destinationsOf,
      warmUpMs: options.warmUpMs ?? 30_000,
      spacingMs: SPACING_MS,
    });
  }

  /** Opens the port first, so that a daemon that cannot be seen does not probe either. */
  async listen(): Promise<void> {
    const { listen, version, panel } = this.#options;
    const { server } = this.#config;
    this.#metrics.registerJobs(this.#config.jobs, probes);
    this.#metrics.configReloaded(true);
    this.#server = await openServer({
      listen: listen ?? `${server.host.includes(":") ? `[${server.host}]` : server.host}:${server.port}`,
      ...(server.webConfig === undefined ? {} : { webConfig: server.webConfig }),
      deps: {
        version,
        jobs: () => this.#config.jobs,
        probes,
        recent: this.#recent,
        metrics: () => this.#metrics.metricsPieces(),
        observe: this.#observing.observe,
        modules: () => modulesByName(configuredModules(this.#config)),
        makeProbeJob: (target, module) => probeJob(this.#config, target, module),
        reload: () => this.reload(),
        ready: () => this.#ready,
        causeSentence,
        loadRuns: createLoadRunReader(() => this.#config.store?.path),
        nextRun: (jobId) => this.#scheduler.nextRun(jobId),
        onError: (error) => this.#logger.error({ error: String(error) }, "the server answered 500"),
        ...(panel === undefined ? {} : { panel }),
      },
    });
    this.#scheduler.start(this.#config.jobs);
    this.#ready = true;
    process.on("SIGHUP", this.#onHangup);
    this.#logger.info({ url: this.#server.url, jobs: this.#config.jobs.length }, "started");
  }

  running(): Daemon {
    return {
      url: this.#server?.url ?? "",
      stopped: this.#stopped,
      stop: () => this.stop(),
      reload: () => this.reload(),
      trigger: (jobId) => this.#scheduler.trigger(jobId),
    };
  }

  /**
   * The configuration and the web configuration, for SIGHUP and `/-/reload` alike. A bad file keeps its predecessor, and
   * says so in the answer, the log and a metric.
   */
  async reload(): Promise<ReloadResult> {
    if (this.#stopping !== undefined) return { ok: false, problems: ["Mailgauge is stopping"] };
    const config = this.#reloadConfig();
    const web = (await this.#server?.reloadWebConfig()) ?? { ok: true, problems: [] };
    if (!config.ok) this.#logger.error({ problems: config.problems }, `the configuration ${KEPT}`);
    if (!web.ok) this.#logger.error({ problems: web.problems }, `the web configuration ${KEPT}`);
    const ok = config.ok && web.ok;
    this.#metrics.configReloaded(ok);
    if (ok) this.#logger.info({ jobs: this.#config.jobs.length }, "configuration reloaded");
    return { ok, problems: [...config.problems, ...web.problems] };
  }

  #reloadConfig(): ReloadResult {
    try {
      const next = this.#options.load();
      if (!next.ok) return { ok: false, problems: next.problems.map(formatProblem) };
      this.#take(next.config);
      return { ok: true, problems: [] };
    } catch (error) {
      return { ok: false, problems: [`internal error: ${String(error)}`] };
    }
  }

  /** What may throw comes first, before anything has changed. */
  #take(next: Config): void {
    this.#observing.configure(netSettings(next));
    this.#scheduler.reload(next.jobs, next.limits);
    for (const section of ["server", "log"] as const) {
      if (isDeepStrictEqual(next[section], this.#config[section])) continue;
      this.#logger.warn(`what changed under ${section} takes a restart`);
    }
    const endsBefore = new Map(this.#config.jobs.map(({ id, subject }) => [id, endOf(subject)]));
    this.#config = next;
    this.#metrics.registerJobs(next.jobs, probes);
    const moved = next.jobs.filter(({ id, subject }) => endsBefore.get(id) !== endOf(subject));
    this.#recent.forget(moved.map(({ id }) => id));
    this.#recent.keepOnly(next.jobs.map((job) => job.id));
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#logger.info("stopping: runs under way may end");
    this.#ready = false;
    await this.#scheduler.stop({ drainMs: this.#options.drainMs ?? 15_000 });
    await this.#server?.close();
    this.#observing.close();
    this.#logger.info("stopped");
    await Promise.all(this.#sinks.map((sink) => sink.stop()));
    // Not before: without its listener, the signal would kill in the midst of the draining.
    process.off("SIGHUP", this.#onHangup);
    this.#resolveStopped();
  }

  readonly #onHangup = (): void => {
    this.reload().catch((error: unknown) =>
      this.#logger.error({ error: String(error) }, "the reload broke off"),
    );
  };

  #defect(job: Job, error: unknown): void {
    const detail = error instanceof Error ? error.stack : String(error);
    this.#logger.error({ job: job.id, error: detail }, "internal error in a probe, please report it");
  }
}

/** Lists that a job asks, so that their series stand before its first run. */
function listsOf(job: Job): readonly string[] {
  return job.subject.kind === "address" && job.probe === "blocklist"
    ? blocklistNames(job.options as Parameters<typeof blocklistNames>[0], job.subject.address)
    : [];
}

/** Seconds from one run to the next: of a cron expression, the two that come next. */
function intervalSeconds({ id, schedule }: Job): number | undefined {
  if (schedule === undefined) return undefined;
  if ("everyMs" in schedule) return schedule.everyMs / 1000;
  const next = nextRun(schedule, id, systemClock.now());
  return (nextRun(schedule, id, next) - next) / 1000;
}

/** The configured modules as `/probe` shows them; their parsed options stay in `probeJob`. */
function configuredModules(config: Config): ProbeModule[] {
  return [...config.modules.values()].map(({ name, probe, timeoutMs, options }) => ({
    name,
    probe,
    timeoutMs,
    // Secrets print as [redacted].
    options: options as Readonly<Record<string, unknown>>,
  }));
}
