import { Hono } from "hono";
import { worstVerdict } from "../../model/observation.ts";
import type { Job } from "../../model/probe.ts";
import type { ServerDeps } from "../types.ts";
import { loadRunRoutes } from "./load-run-routes.ts";
import { openApiDocument } from "./openapi.ts";
import { problemsOf } from "./problems.ts";
import { observationsQuery, type TargetAnswer } from "./schemas.ts";

type ApiDeps = Pick<ServerDeps, "jobs" | "recent" | "nextRun" | "version" | "loadRuns">;

/** What was seen, for programs. Answers from memory: nothing here starts a probe. */
export function apiRoutes(deps: ApiDeps): Hono {
  const app = new Hono().basePath("/api/v1");

  app.get("/observations", (c) => {
    const query = observationsQuery.safeParse(c.req.query());
    if (!query.success) return c.json({ error: problemsOf(query.error) }, 400);
    const { limit, target, probe, verdict } = query.data;
    const observations = deps.recent.find({
      limit,
      ...(target === undefined ? {} : { target }),
      ...(probe === undefined ? {} : { probe }),
      ...(verdict === undefined ? {} : { verdict }),
    });
    return c.json({ observations });
  });

  app.get("/observations/:id", (c) => {
    const observation = deps.recent.byId(c.req.param("id"));
    return observation === undefined
      ? c.json({ error: "There is no such observation." }, 404)
      : c.json(observation);
  });

  app.get("/targets", (c) => {
    const bySubject = Map.groupBy(deps.jobs(), ({ subject }) => `${subject.kind} ${subject.name}`);
    return c.json({ targets: [...bySubject.values()].flatMap((jobs) => targetAnswer(jobs, deps)) });
  });

  app.route("/", loadRunRoutes(deps));
  app.get("/openapi.json", (c) => c.json(openApiDocument(deps.version)));
  return app;
}

function targetAnswer(jobs: readonly Job[], deps: ApiDeps): TargetAnswer[] {
  const [first] = jobs;
  if (first === undefined) return [];
  const { kind, name, labels } = first.subject;
  const answers = jobs.map((job) => jobAnswer(job, deps));
  const verdicts = answers.flatMap(({ verdict }) => verdict ?? []);
  const worst = verdicts.length === 0 ? {} : { verdict: worstVerdict(verdicts) };
  return [{ name, kind, labels: { ...labels }, ...worst, jobs: answers }];
}

function jobAnswer(job: Job, deps: ApiDeps): TargetAnswer["jobs"][number] {
  const { schedule } = job;
  const nextRun = deps.nextRun?.(job.id);
  const last = deps.recent.last(job.id);
  const every = schedule !== undefined && "everyMs" in schedule ? { intervalMs: schedule.everyMs } : schedule;
  return {
    job: job.id,
    probe: job.probe,
    timeoutMs: job.timeoutMs,
    ...every,
    ...(nextRun === undefined ? {} : { nextRun }),
    ...(last === undefined ? {} : { verdict: last.verdict, lastRun: last.startedAt, observation: last.id }),
    ...(last?.cause === undefined ? {} : { cause: last.cause.code, remedy: last.cause.remedy }),
  };
}
