import { RECIPIENT, type ReplyRule, TRANSACTION } from "./classify-rule.ts";

/** "Not now", in the words of any server. */
export const PACE_RULES: readonly ReplyRule[] = [
  {
    id: "greylisted",
    cause: "greylisted",
    certainty: "certain",
    codes: ["4xx"],
    text: [/\bgr[ae]y[ -]?list/, "postgrey"],
  },
  {
    id: "greylisted_by_time",
    cause: "greylisted",
    certainty: "likely",
    phases: RECIPIENT,
    codes: [450, 451],
    text: [/\b(try again|retry|come back|wait) (in|after|for)? ?\d{1,5} ?(s|m)/],
  },
  {
    id: "too_many_connections",
    cause: "too_many_connections",
    certainty: "certain",
    text: [
      /too many (concurrent |simultaneous |open |smtp )?(connections|sessions)/,
      /(concurrent|simultaneous) (smtp )?(connections|sessions)/,
      /connection (rate )?limit/,
      "too many connections",
    ],
  },
  {
    id: "rate_limited",
    cause: "rate_limited",
    certainty: "certain",
    text: [
      /\brate[ -]?limit/,
      /\bthrottl/,
      /too (much|many) (mail|messages|emails|recipients)/,
      /(sending|message|hourly|daily|recipient) (rate |sending |message |send )?(limit|quota)/,
      /exceed\w* .{0,30}\b(rate|per (second|minute|hour|day))\b/,
      /(sending|connecting|going) too (fast|quickly|often)/,
      "slow down",
      "unusual rate",
    ],
  },
  {
    id: "storage_full",
    cause: "storage_full",
    certainty: "certain",
    text: [
      /insufficient (system )?(storage|resources|disk)/,
      /(disk|queue|spool|file ?system) (is )?full/,
      /(out of|no|low) (disk|free) ?space/,
      "no space left",
    ],
  },
  {
    id: "server_busy",
    cause: "server_busy",
    certainty: "certain",
    codes: ["4xx"],
    text: [
      "server ports are busy",
      /(server|system|service|host) (is )?(too )?(busy|overloaded|shutting down)/,
      "not accepting network messages",
      "service not available",
      /service (is )?(temporarily )?unavailable/,
      /load (average )?(is )?too high/,
    ],
  },
  {
    id: "temporary_lookup",
    cause: "server_fault",
    certainty: "certain",
    phases: TRANSACTION,
    codes: ["4xx"],
    text: [
      /temporary (lookup|local|internal|server|queue)/,
      "local error in processing",
      "queue file write error",
      "server configuration",
    ],
  },
];
