import { sleep } from "k6";
import exec from "k6/execution";
import http from "k6/http";
import type { RefinedResponse } from "k6/http";
import { Counter, Trend } from "k6/metrics";
import smtp from "k6/x/smtp";
import * as params from "./params.ts";

/** What `mailgauge-sink` knows of the messages of a run. */
interface Arrivals {
  readonly arrived: number;
  readonly duplicates: number;
  readonly transit?: { readonly p99: number };
}

const expected = new Counter("delivery_expected");
const arrived = new Counter("delivery_arrived");
const lost = new Counter("delivery_lost");
const duplicated = new Counter("delivery_duplicated");
const transit = new Trend("delivery_transit_p99", true);
const catchUp = new Trend("delivery_catch_up", true);

/** Rules for the books of `awaitDelivery`: nothing is lost, nothing comes twice, and what comes has a known age. */
export const COMPLETE = {
  delivery_expected: ["count>0"],
  delivery_lost: ["count==0"],
  delivery_duplicated: ["count==0"],
};

/** Seconds between two questions, and without an arrival after which nothing more is awaited. */
const POLL = 0.25;
const QUIET = 5;

/** Address of the sink's HTTP interface: SINK_URL. The sink stands behind the relay, or is the target itself. */
export function sinkUrl(): string {
  const url = params.text("SINK_URL") ?? "http://127.0.0.1:9826";
  if (/^https?:\/\/[^/\s]+\/?$/.test(url)) return url.replace(/\/$/, "");
  throw params.wrong("SINK_URL", "the address of the sink's HTTP interface", "http://127.0.0.1:9826");
}

/** Ends the run at once when the sink does not answer: nothing that it should tell could be known later. */
export function requireSink(): void {
  answer("GET", "/-/healthy");
}

/** How the sink behaves now, in the form that `setProfile` takes. */
export function profile(): string {
  return answer("GET", "/api/v1/profile").body;
}

/** Changes how the sink behaves, for all messages from now on. */
export function setProfile(json: string): void {
  answer("PUT", "/api/v1/profile", json);
}

/**
 * Waits until every message of this process that the relay accepted has come to the sink, for `patience` seconds at
 * most, and keeps the books: what was expected, came, came twice and was lost, and how long the rest took. For
 * teardown(): k6 judges its samples as well.
 *
 * One of several processes of a run cannot tell its own messages at the sink: it waits until nothing more comes, and
 * whoever started them all keeps the books.
 */
export function awaitDelivery(patience: number): void {
  const accepted = smtp.totals().accepted;
  const alone = (exec.test.options.executionSegment ?? "0:1") === "0:1";
  const { seen, waited } = alone
    ? pollArrivals(patience, ({ arrived }) => arrived >= accepted)
    : pollArrivals(patience, (_, quiet) => quiet >= QUIET);
  expected.add(accepted);
  arrived.add(seen.arrived);
  lost.add(alone ? Math.max(0, accepted - seen.arrived) : 0);
  duplicated.add(seen.duplicates);
  catchUp.add(waited * 1000);
  if (seen.transit !== undefined) transit.add(seen.transit.p99);
  console.info(
    `the relay accepted ${accepted} messages; ${seen.arrived} came to the sink, ${seen.duplicates} of them again`,
  );
}

/** Asks the sink until it is `done`; `quiet` is the number of seconds in which nothing came. */
function pollArrivals(
  patience: number,
  done: (seen: Arrivals, quiet: number) => boolean,
): { seen: Arrivals; waited: number } {
  const now = (): number => Date.now() / 1000;
  const began = now();
  let seen = arrivals();
  let changed = began;
  while (!done(seen, now() - changed) && now() - began < patience) {
    sleep(POLL);
    const next = arrivals();
    if (next.arrived !== seen.arrived) changed = now();
    seen = next;
  }
  return { seen, waited: now() - began };
}

/** A run of which nothing has come yet is unknown to the sink. */
function arrivals(): Arrivals {
  const { status, body } = answer("GET", `/api/v1/runs/${smtp.runId}`, undefined, [200, 404]);
  return status === 404 ? { arrived: 0, duplicates: 0 } : (JSON.parse(body) as Arrivals);
}

function answer(
  method: "GET" | "PUT",
  path: string,
  body: string | null = null,
  expectedStatuses: readonly number[] = [200, 204],
): RefinedResponse<"text"> {
  const response = http.request(method, `${sinkUrl()}${path}`, body, {
    responseType: "text",
    responseCallback: http.expectedStatuses(...expectedStatuses),
    timeout: "5s",
    tags: { name: path.replace(smtp.runId, "RUN") },
  });
  if (expectedStatuses.includes(response.status)) return response;
  const why = response.error === "" ? `status ${response.status} ${response.body}` : response.error;
  throw new Error(`SINK_URL: no answer of mailgauge-sink to ${method} ${sinkUrl()}${path}: ${why}`);
}
