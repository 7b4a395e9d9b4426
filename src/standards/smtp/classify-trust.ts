import { type ReplyRule, TRANSACTION } from "./classify-rule.ts";

/** Whether the server trusts our address, name and domain, in the words of any server. */
export const TRUST_RULES: readonly ReplyRule[] = [
  {
    id: "blocked_using",
    cause: "blocklisted",
    certainty: "certain",
    text: [
      "blocked using",
      "banned sending ip",
      /\blisted (at|in|by|on)\b/,
      /\b(dns|ip)?(block|black|deny)[ -]?list/,
      /\b(dns|r|s)bl\b/,
      "spamhaus",
      "spamcop",
      "ipcheck.proofpoint.com",
      "barracudacentral",
    ],
  },
  {
    id: "ptr",
    cause: "ptr_missing",
    certainty: "certain",
    text: [
      /\bptr\b/,
      /\breverse[ -](dns|lookup|host|name|record)/,
      "cannot find your hostname",
      "cannot find your reverse hostname",
      /\b(fc)?rdns\b/,
    ],
  },
  {
    id: "helo",
    cause: "helo_rejected",
    certainty: "certain",
    text: [
      "helo command rejected",
      "ehlo command rejected",
      /\b(helo|ehlo)\b.{0,40}\b(invalid|rejected|bad|match|fqdn|resolve)/,
      /\b(invalid|bad|forged|fake) (helo|ehlo)\b/,
      "need fully-qualified hostname",
    ],
  },
  {
    id: "dmarc_missing",
    cause: "dmarc_missing",
    certainty: "likely",
    text: [
      /\b(no|missing|without|publish|lacks)( a)?( valid)? dmarc\b/,
      /\bdmarc (record )?(is )?(missing|not found|required)/,
    ],
  },
  { id: "dmarc", cause: "dmarc_failed", certainty: "certain", phases: TRANSACTION, text: [/\bdmarc\b/] },
  {
    id: "spf_missing",
    cause: "spf_missing",
    certainty: "likely",
    text: [
      /\b(no|missing|without|publish|lacks)( an?)?( valid)? spf\b/,
      /\bspf (record )?(is )?(missing|not found|required)/,
    ],
  },
  {
    id: "spf",
    cause: "spf_failed",
    certainty: "certain",
    phases: TRANSACTION,
    text: [/\bspf\b/, "sender policy framework"],
  },
  {
    id: "dkim_missing",
    cause: "dkim_missing",
    certainty: "likely",
    text: [
      /\b(no|missing|without|lacks)( a)?( valid)? dkim\b/,
      /\bdkim[ -]?(signature )?(is )?(missing|not found|required|not signed)/,
      "not dkim signed",
    ],
  },
  { id: "dkim", cause: "dkim_failed", certainty: "certain", phases: TRANSACTION, text: [/\bdkim\b/] },
  {
    id: "unauthenticated",
    cause: "sender_unauthenticated",
    certainty: "certain",
    phases: TRANSACTION,
    text: ["unauthenticated email", "sender is unauthenticated", "required authentication level"],
  },
  {
    id: "reputation",
    cause: "poor_reputation",
    certainty: "certain",
    text: [/\breputation\b/, "sender score", "senderscore"],
  },
];
