import { Hono } from "hono";
import type { Job } from "../model/probe.ts";
import type { ProbeModule, ServerDeps } from "./types.ts";

interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Service discovery of Prometheus (`http_sd_configs`): the whole list on each request, `[]` when there is nothing.
 * `__param_module` is what `/probe` wants; the operator's own labels come along as they are.
 */
export function serviceDiscoveryRoutes(deps: Pick<ServerDeps, "jobs" | "modules">): Hono {
  const app = new Hono();
  app.get("/sd", (c) => {
    const modules = deps.modules();
    return c.json(deps.jobs().map((job) => targetGroup(job, modules)));
  });
  return app;
}

function targetGroup(job: Job, modules: ReadonlyMap<string, ProbeModule>): TargetGroup {
  const { subject } = job;
  const module = moduleOf(job, modules);
  const own = Object.entries(subject.labels).filter(([name]) => LABEL_NAME.test(name));
  return {
    targets: [subject.name],
    labels: {
      ...Object.fromEntries(own),
      __meta_mailgauge_kind: subject.kind,
      __meta_mailgauge_probe: job.probe,
      __meta_mailgauge_job: job.id,
      ...(module === undefined ? {} : { __param_module: module }),
    },
  };
}

/** A relay's scheme names its module; other probes have one of their own name. */
function moduleOf(job: Job, modules: ReadonlyMap<string, ProbeModule>): string | undefined {
  const { subject, probe } = job;
  const names = subject.kind === "relay" && probe === "smtp" ? [subject.scheme, probe] : [probe];
  return names.find((name) => modules.get(name)?.probe === probe);
}
