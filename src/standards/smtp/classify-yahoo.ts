import type { ReplyRule } from "./classify-rule.ts";

/** Yahoo and AOL: a tag in brackets says more than the code before it. */
export const YAHOO_RULES: readonly ReplyRule[] = [
  {
    id: "yahoo_permanent_deferral",
    cause: "poor_reputation",
    certainty: "certain",
    text: ["[tss09]", "[tss11]", "permanently deferred"],
  },
  {
    id: "yahoo_deferral",
    cause: "poor_reputation",
    certainty: "likely",
    text: [/\[tss\d\d\]/, /\[ts\d\d\]/, /\[ipts\d\d\]/, "user complaints"],
  },
  { id: "yahoo_block", cause: "blocklisted", certainty: "certain", text: [/\[bl\d\d\]/] },
  { id: "yahoo_dmarc", cause: "dmarc_failed", certainty: "certain", text: [/\bdmarc\b/] },
  {
    id: "yahoo_unauthenticated",
    cause: "sender_unauthenticated",
    certainty: "certain",
    text: ["sender is unauthenticated"],
  },
  {
    id: "yahoo_unauthenticated_code",
    cause: "sender_unauthenticated",
    certainty: "likely",
    codes: [550],
    enhanced: ["5.7.9"],
  },
  {
    id: "yahoo_policy",
    cause: "policy_rejected",
    certainty: "certain",
    text: [/\[ph\d\d\]/, "for policy reasons"],
  },
  {
    id: "yahoo_per_connection",
    cause: "rate_limited",
    certainty: "certain",
    text: ["max message per connection", "max messages per connection"],
  },
  { id: "yahoo_auth_locked", cause: "account_locked", certainty: "certain", text: ["#auth005"] },
  {
    id: "yahoo_no_account",
    cause: "recipient_unknown",
    certainty: "certain",
    text: ["doesn't have a yahoo", "mailbox not found", "not a valid mailbox"],
  },
  {
    id: "yahoo_resources",
    cause: "server_busy",
    certainty: "likely",
    text: ["resources temporarily unavailable", "resources temporarily not available"],
  },
];
