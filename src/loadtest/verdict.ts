import type { DeliveryTotals, LoadEnd, LoadTotals, Objective } from "../model/load-run.ts";
import { messagesOf } from "../model/load-timeline.ts";
import type { Verdict } from "../model/observation.ts";

interface Judged {
  readonly end: LoadEnd;
  readonly objectives: readonly Objective[];
  readonly totals: LoadTotals;
  /** Every line of the record could be read. */
  readonly isWhole: boolean;
  readonly delivery: DeliveryTotals | undefined;
}

/**
 * `warn`: the objectives held, yet there is something that nobody may overlook. `unknown`: nothing was measured, or
 * nobody has said what must hold.
 */
export function verdictOf({ end, objectives, totals, isWhole, delivery }: Judged): Verdict {
  if (objectives.some(({ ok }) => !ok) || end === "stopped" || end === "broken") return "fail";
  const { messages, recipients, sessions, errors, dropped } = totals;
  const sent = messagesOf(messages);
  if (sent + sessions.opened + sessions.failed === 0 || objectives.length === 0) return "unknown";
  const uncertain = messages.uncertain + recipients.uncertain + messages.failed;
  const astray = (delivery?.lost ?? 0) + (delivery?.duplicated ?? 0);
  const isRefused = messages.accepted === 0 && sent > messages.aborted;
  const isOdd = uncertain + errors.length + dropped + astray > 0 || isRefused;
  return isOdd || !isWhole || end === "interrupted" ? "warn" : "pass";
}
