import { Hono } from "hono";
import { LoadRunStoreError } from "../../store/load-runs.ts";
import type { ServerDeps } from "../types.ts";
import { loadRunsQuery } from "./load-run-schemas.ts";
import { problemsOf } from "./problems.ts";

/** The load tests that are kept, for programs. Without a store there are none. */
export function loadRunRoutes({ loadRuns }: Pick<ServerDeps, "loadRuns">): Hono {
  const app = new Hono();

  app.get("/load-runs", (c) => {
    const query = loadRunsQuery.safeParse(c.req.query());
    if (!query.success) return c.json({ error: problemsOf(query.error) }, 400);
    return c.json({ loadRuns: loadRuns?.last(query.data.limit) ?? [] });
  });

  app.get("/load-runs/:id", (c) => {
    const run = loadRuns?.byId(c.req.param("id"));
    return run === undefined ? c.json({ error: "There is no such load test." }, 404) : c.json(run);
  });

  app.onError((error, c) => {
    if (!(error instanceof LoadRunStoreError)) throw error;
    return c.json({ error: `${error.message} ${error.remedy}` }, 503);
  });
  return app;
}
