import { Hono } from "hono";
import { compress } from "hono/compress";
import type { ServerDeps } from "./types.ts";

/** The text exposition format of Prometheus; `charset` spares old scrapers a guess. */
export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Compressed when the scraper takes it: the text shrinks to a twentieth. Sent piece by piece, as fast as it is read. */
export function metricsRoutes(deps: Pick<ServerDeps, "metrics">): Hono {
  const app = new Hono();
  app.use("/metrics", compress());
  app.get("/metrics", async (c) => {
    const text = deps.metrics();
    const body = Symbol.asyncIterator in text ? streamOf(text) : await text;
    return c.body(body, 200, { "Content-Type": METRICS_CONTENT_TYPE });
  });
  return app;
}

function streamOf(pieces: AsyncIterable<string>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const source = pieces[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await source.return?.();
    },
  });
}
