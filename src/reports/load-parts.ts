import type { LoadRun, LoadTotals } from "../model/load-run.ts";
import { messagesOf } from "../model/load-timeline.ts";
import { formatLatency, formatOctets, formatRate, formatShare } from "./load-format.ts";

export interface PartTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * What each part of a run came to, where it had several: sizes, numbers of recipients, full and resumed handshakes. In
 * the order of time. Steps of a capacity test have a table of their own.
 */
export function loadParts({ parts, steps, intervals }: LoadRun): PartTable {
  const begin = new Map(intervals.toReversed().map(({ scenario, at }) => [scenario, at]));
  const named = Object.entries(parts)
    .filter(([, totals]) => totals.seconds > 0 && messagesOf(totals.messages) > 0)
    .sort(([a], [b]) => (begin.get(a) ?? 0) - (begin.get(b) ?? 0));
  if (steps !== undefined || named.length < 2) return { head: [], rows: [] };
  const isAboutSessions = named.every(([, totals]) => opensEachTime(totals));
  return {
    head: ["Parts", "accepted/s", "octets/s", "p50", "p99", isAboutSessions ? "TLS p50" : "refused"],
    rows: named.map(([name, totals]) => {
      const { messages, octets, seconds, phases } = totals;
      const all = messagesOf(messages);
      const whole = phases.message_duration;
      const tls = phases.tls_handshaking;
      return [
        name,
        formatRate(messages.accepted / seconds),
        formatOctets(octets / seconds),
        whole === undefined ? "-" : formatLatency(whole.p50),
        whole === undefined ? "-" : formatLatency(whole.p99),
        isAboutSessions
          ? tls === undefined
            ? "-"
            : formatLatency(tls.p50)
          : formatShare((messages.deferred + messages.rejected) / all),
      ];
    }),
  };
}

/** A handshake for about each message. */
function opensEachTime({ messages, phases }: LoadTotals): boolean {
  return (phases.tls_handshaking?.count ?? 0) > 0.9 * messagesOf(messages);
}
