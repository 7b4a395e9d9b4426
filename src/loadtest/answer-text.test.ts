import { expect, it, vi } from "vitest";
import { askSink } from "./delivery.ts";
import { answerText } from "./answer-text.ts";

function endless(): { response: Response; cancelled: () => boolean } {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
    cancel: () => void (cancelled = true),
  });
  return { response: new Response(body), cancelled: () => cancelled };
}

it("gives what an answer holds, also nothing", async () => {
  expect(await answerText(new Response("grün"))).toBe("grün");
  expect(await answerText(new Response(null, { status: 204 }))).toBe("");
});

it("ends an answer without end, also that of a sink", async () => {
  const { response, cancelled } = endless();
  await expect(answerText(response)).rejects.toThrow("longer than 4 MiB");
  expect(cancelled()).toBe(true);
  const sink = endless();
  vi.stubGlobal("fetch", async () => sink.response);
  expect(await askSink("http://127.0.0.1:9", "abcd1234")).toBeUndefined();
  vi.unstubAllGlobals();
  expect(sink.cancelled()).toBe(true);
}, 10_000);
