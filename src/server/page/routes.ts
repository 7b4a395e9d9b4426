import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { FaultPanel, ServerDeps } from "../types.ts";
import { ASSETS } from "./assets.ts";
import { pageTitle, statusDocument, statusFragment } from "./document.ts";
import { STATES, type StatusFilter, statusView } from "./view.ts";

/** A form of the panel holds a few short fields. */
const MAX_FORM_BYTES = 16 * 1024;
const MAX_FILTER = 100;
const HTML = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" };

type PageDeps = Parameters<typeof statusView>[0] & Pick<ServerDeps, "version">;

/** The status page, the part of it that a refresh loads, and what both load. */
export function pageRoutes(deps: PageDeps): Hono {
  const app = new Hono();
  app.get("/", async (c) => c.body(String(await statusDocument(statusView(deps, filterOf(c)))), 200, HTML));
  app.get("/fragment", async (c) => {
    const view = statusView(deps, filterOf(c));
    const title = encodeURIComponent(pageTitle(view));
    return c.body(String(await statusFragment(view)), 200, { ...HTML, "X-Page-Title": title });
  });
  for (const [path, { type, text }] of Object.entries(ASSETS)) {
    app.get(path, (c) => c.body(text, 200, { "Content-Type": type, "Cache-Control": "no-cache" }));
  }
  if (deps.panel !== undefined) app.route("/", panelRoutes(deps.panel, deps));
  return app;
}

/** The switches of the demo's lab. A form answers with the page, so that all works without JavaScript. */
function panelRoutes(panel: FaultPanel, deps: PageDeps): Hono {
  const app = new Hono();
  const limit = bodyLimit({ maxSize: MAX_FORM_BYTES });
  // Without a body there is nothing to limit, and the limit cannot copy such a request.
  app.use("/lab/*", (c, next) => (hasForm(c) ? limit(c, next) : next()));
  app.post("/lab/reset", async (c) => {
    await panel.reset();
    return c.redirect("/", 303);
  });
  app.post("/lab/faults/:id", async (c) => {
    const fault = panel.faults().find(({ id }) => id === c.req.param("id"));
    if (fault === undefined) return c.text("There is no such fault.\n", 404);
    const form = hasForm(c) ? await c.req.parseBody() : {};
    const names = (fault.fields ?? []).map(({ name }) => name);
    const values = names.flatMap((name) => {
      const value = form[name];
      return typeof value === "string" && value !== "" ? [[name, value] as const] : [];
    });
    try {
      await panel.set(fault.id, form.on === "true", Object.fromEntries(values));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const view = statusView(deps, { text: "" }, `${fault.title}: ${error.message}`);
      return c.body(String(await statusDocument(view)), 400, HTML);
    }
    return c.redirect("/", 303);
  });
  return app;
}

/** A form names its type; what comes without one is not read. */
function hasForm(c: Context): boolean {
  return c.req.header("content-type") !== undefined;
}

function filterOf(c: Context): StatusFilter {
  const show = STATES.find((state) => state === c.req.query("show"));
  const text = (c.req.query("q") ?? "").slice(0, MAX_FILTER);
  return { text, ...(show === undefined ? {} : { show }) };
}
