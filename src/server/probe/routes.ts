import { type Context, Hono } from "hono";
import type { Job } from "../../model/probe.ts";
import type { TranscriptLine } from "../../model/smtp.ts";
import { METRICS_CONTENT_TYPE } from "../metrics.ts";
import { probedByChoice } from "../security.ts";
import type { ProbeModule, ServerDeps } from "../types.ts";
import { blackboxMetrics } from "./blackbox-metrics.ts";
import { probeTimeoutMs } from "./deadline.ts";
import { debugText, MAX_TRANSCRIPT_LINES } from "./debug.ts";

const DEFAULT_MAX_PROBES = 64;
const DEFAULT_MODULE = "smtp";

/** Names that a message lists at most. */
const MAX_NAMES = 50;

type ProbeDeps = Pick<
  ServerDeps,
  "jobs" | "probes" | "modules" | "makeProbeJob" | "observe" | "causeSentence" | "maxProbes"
>;

/**
 * `/probe?target=&module=`: one run for one scrape (the multi-target pattern). Keeps nothing, so that it scales behind
 * Prometheus' own sharding. Ends when the client goes away or when `stopping` aborts.
 */
export function probeRoutes(deps: ProbeDeps, stopping: AbortSignal): Hono {
  const app = new Hono();
  let underWay = 0;
  app.use("/probe", probedByChoice);
  app.get("/probe", async (c) => {
    const plan = planProbe(deps, c);
    if (typeof plan === "string") return c.text(`${plan}\n`, 400);
    if (underWay >= (deps.maxProbes ?? DEFAULT_MAX_PROBES)) {
      return c.text("Too many probes are under way; ask again later.\n", 503, { "Retry-After": "5" });
    }
    underWay += 1;
    try {
      return await answer(deps, c, plan, AbortSignal.any([c.req.raw.signal, stopping]));
    } finally {
      underWay -= 1;
    }
  });
  return app;
}

interface Plan {
  readonly job: Job;
  readonly module: ProbeModule;
  readonly timeoutMs: number;
}

/** What is asked for, or one sentence that says what is wrong with it. */
function planProbe(deps: ProbeDeps, c: Context): Plan | string {
  const modules = deps.modules();
  const name = c.req.query("module") ?? DEFAULT_MODULE;
  const module = modules.get(name);
  if (module === undefined) return `Unknown module "${name}". Known: ${listed(modules.keys())}.`;
  const target = c.req.query("target") ?? "";
  const job = target === "" ? 'The parameter "target" is missing.' : deps.makeProbeJob(target, module);
  if (typeof job === "string") {
    const subject = deps.probes.get(module.probe)?.subject;
    const known = deps.jobs().flatMap(({ subject: { kind, name } }) => (kind === subject ? [name] : []));
    return `${job} Known targets of module "${name}": ${listed(new Set(known))}.`;
  }
  const header = c.req.header("X-Prometheus-Scrape-Timeout-Seconds");
  const timeoutMs = probeTimeoutMs(header, job.timeoutMs);
  if (timeoutMs === undefined) return "X-Prometheus-Scrape-Timeout-Seconds is not a number of seconds.";
  return { job, module, timeoutMs };
}

async function answer(deps: ProbeDeps, c: Context, plan: Plan, signal: AbortSignal): Promise<Response> {
  const { job, module, timeoutMs } = plan;
  const isDebug = c.req.query("debug") === "true";
  const transcript: TranscriptLine[] = [];
  const keep = (line: TranscriptLine): void => {
    if (transcript.length < MAX_TRANSCRIPT_LINES) transcript.push(line);
  };
  const observation = await deps.observe(job, {
    signal,
    timeoutMs,
    ...(isDebug ? { onTranscript: keep } : {}),
  });
  const metrics = await blackboxMetrics(observation, deps.probes.get(job.probe)?.phases(job.options) ?? []);
  if (!isDebug) return c.body(metrics, 200, { "Content-Type": METRICS_CONTENT_TYPE });
  const { cause } = observation;
  const sentence = cause === undefined ? undefined : deps.causeSentence(cause.code);
  return c.text(debugText({ job, module, observation, transcript, metrics, sentence }));
}

function listed(names: Iterable<string>): string {
  const all = [...names].sort();
  const more = all.length > MAX_NAMES ? `, and ${all.length - MAX_NAMES} more` : "";
  return all.length === 0 ? "none" : `${all.slice(0, MAX_NAMES).join(", ")}${more}`;
}
