import { Hono } from "hono";
import type { ReloadResult, ServerDeps } from "./types.ts";

/** What an orchestrator asks and tells: alive, ready, read the configuration again. Names as in Prometheus. */
export function healthRoutes(deps: Pick<ServerDeps, "ready">, reload: () => Promise<ReloadResult>): Hono {
  const app = new Hono();
  app.get("/-/healthy", (c) => c.text("Mailgauge is healthy.\n"));
  app.get("/-/ready", (c) =>
    deps.ready() ? c.text("Mailgauge is ready.\n") : c.text("The first probes are not scheduled yet.\n", 503),
  );
  app.on(["POST", "PUT"], "/-/reload", async (c) => {
    const { ok, problems } = await reload();
    if (ok) return c.text("Configuration reloaded.\n");
    return c.text(
      `The old configuration stays in use:\n${problems.map((each) => `${each}\n`).join("")}`,
      500,
    );
  });
  app.all("/-/reload", (c) => c.text("Send POST or PUT.\n", 405, { Allow: "POST, PUT" }));
  return app;
}
