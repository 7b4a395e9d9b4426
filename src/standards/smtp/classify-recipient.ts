import { CONTENT, RECIPIENT, type ReplyRule, TRANSACTION } from "./classify-rule.ts";

/** What is wrong with the recipient or the message, in the words of any server. */
export const RECIPIENT_RULES: readonly ReplyRule[] = [
  {
    id: "mailbox_full",
    cause: "mailbox_full",
    certainty: "certain",
    phases: RECIPIENT,
    text: [
      /(mailbox|inbox|account)( for \w+)? (is )?(over)?(full|quota)/,
      /(over|exceed\w*|out of) .{0,20}\b(quota|storage)/,
      /quota (is )?exceeded/,
      "overquota",
      "mailbox size limit",
    ],
  },
  {
    id: "recipient_disabled",
    cause: "recipient_disabled",
    certainty: "certain",
    phases: RECIPIENT,
    text: [
      /(account|mailbox|user|recipient)\b.{0,40}\b(disabled|suspended|inactive|deactivated|locked)\b/,
      /(inactive|disabled|suspended) (account|mailbox|user|recipient)/,
      /not accepting (any )?(mail|messages)/,
    ],
  },
  {
    id: "null_mx",
    cause: "null_mx",
    certainty: "certain",
    phases: TRANSACTION,
    text: ["null mx", "nullmx", /domain does not accept (e?mail|messages)/],
  },
  {
    id: "recipient_unknown",
    cause: "recipient_unknown",
    certainty: "certain",
    phases: RECIPIENT,
    text: [
      /(user|recipient|mailbox|account|address|local[ -]part) (is )?(unknown|not found|does(n't| not) exist)/,
      /(unknown|invalid|no such|nonexistent) (user|recipient|mailbox|account|address|local[ -]?part|person)/,
      /\bno (mailbox|user|account) (here|by that name|of that name)/,
      /unroute?able address/,
      /(email )?account that you tried to reach does not exist/,
      "user doesn't have",
      "address rejected: undeliverable",
    ],
  },
  {
    id: "message_too_large",
    cause: "message_too_large",
    certainty: "certain",
    phases: TRANSACTION,
    text: [
      /message (is )?too (large|big|long)/,
      /(message|mail|email) size .{0,20}(exceed|limit)/,
      /(exceed\w*|over) .{0,30}\b(size|message) limit/,
      /exceed\w* .{0,20}max\w* .{0,20}size/,
      "message exceeds",
    ],
  },
  {
    id: "content",
    cause: "content_rejected",
    certainty: "certain",
    phases: CONTENT,
    text: [
      /\bspam/,
      /\b(virus|malware|phish|infected)/,
      /\bcontent (filter|reject|policy|scan)/,
      /(due to|because of|by) (its |message )?content/,
      /\b(banned|blocked|forbidden|suspicious) (content|attachment|file|url|link)/,
      "unsolicited",
    ],
  },
  {
    id: "mail_loop",
    cause: "server_fault",
    certainty: "likely",
    text: ["too many hops", "mail loop", "loops back", "routing loop"],
  },
  {
    id: "policy",
    cause: "policy_rejected",
    certainty: "likely",
    phases: TRANSACTION,
    text: [
      /\bpolic(y|ies)\b/,
      "command rejected: access denied",
      /administrative(ly)? (prohibit|reject|denied|ban)/,
    ],
  },
];
