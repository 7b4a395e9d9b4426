import { Hono } from "hono";
import { loadReportPolicy, loadRunHtml } from "../reports/load-html.ts";
import { LoadRunStoreError } from "../store/load-runs.ts";
import type { ServerDeps } from "./types.ts";

/** The report of one load test, as `mailgauge loadtest --html` writes it. */
export function loadReportRoutes({ loadRuns }: Pick<ServerDeps, "loadRuns">): Hono {
  const app = new Hono();
  app.get("/load-runs/:id", (c) => {
    const run = loadRuns?.byId(c.req.param("id"));
    if (run === undefined) return c.text("There is no such load test; it may be too old to be kept.\n", 404);
    // Its style and script stand in the file, which the policy of the other pages forbids.
    return c.body(loadRunHtml(run), 200, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": `${loadReportPolicy()}; frame-ancestors 'none'`,
    });
  });
  app.onError((error, c) => {
    if (!(error instanceof LoadRunStoreError)) throw error;
    return c.text(`${error.message} ${error.remedy}\n`, 503);
  });
  return app;
}
