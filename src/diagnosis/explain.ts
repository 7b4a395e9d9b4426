import type { PhaseName } from "../model/codes.ts";
import type { Cause } from "../model/observation.ts";
import { classifyReply, PROVIDER_NAMES, type ReplyInContext } from "../standards/smtp/classify.ts";
import { remedyFor } from "./remedies.ts";

/** A bounce or a log line is at most this long; what follows says nothing new. */
const TEXT_LENGTH = 8192;

/** How mail servers' logs and bounces name the command that was refused. */
const COMMANDS: readonly (readonly [RegExp, PhaseName])[] = [
  [/\bend of data\b/i, "body"],
  [/\bRCPT TO\b/i, "rcpt"],
  [/\bMAIL FROM\b/i, "mail"],
  [/\b(EHLO|HELO) command\b/i, "ehlo"],
  [/\b(while talking|initial server greeting)\b/i, "banner"],
  [/\bAUTH command\b/i, "auth"],
];

/**
 * What a refusal means, copied from a log or a bounce: `550 5.7.26 …`, `host … said: 550-5.7.26 … (in reply to RCPT
 * TO command)`. Absent when there is no negative reply in it, or nothing is known about it.
 */
export function explainReply(text: string): Cause | undefined {
  const reply = readReply(text.slice(0, TEXT_LENGTH));
  if (reply === undefined) return undefined;
  const found = classifyReply(reply);
  if (found === undefined) return undefined;
  const code = reply.enhanced === undefined ? String(reply.code) : `${reply.code} ${reply.enhanced}`;
  return {
    code: found.cause,
    certainty: found.certainty,
    evidence: [
      found.provider === undefined
        ? `${code}, by rule ${found.rule}`
        : `${code} of ${PROVIDER_NAMES[found.provider]}, by rule ${found.rule}`,
    ],
    remedy: remedyFor(found.cause),
  };
}

const REPLY = /(?:^|[\s:])([45]\d\d)[ -]+(?:#?([45]\.\d{1,3}\.\d{1,3})\b)?/;
const ENHANCED_ONLY = /(?:^|[\s:(#])([45])\.(\d{1,3})\.(\d{1,3})\b/;

function readReply(text: string): ReplyInContext | undefined {
  const phase = COMMANDS.find(([pattern]) => pattern.test(text))?.[1];
  const context = phase === undefined ? {} : { phase };
  const match = REPLY.exec(text);
  if (match !== null) {
    const [, code, enhanced] = match;
    const lines = linesOf(text.slice(match.index));
    return { ...context, code: Number(code), lines, ...(enhanced === undefined ? {} : { enhanced }) };
  }
  const alone = ENHANCED_ONLY.exec(text);
  if (alone === null) return undefined;
  const [, status, subject, detail] = alone;
  const enhanced = `${status}.${subject}.${detail}`;
  // The class is known, the digits are not: 450 and 550 are the plainest of each class.
  return { ...context, code: Number(status) * 100 + 50, enhanced, lines: linesOf(text) };
}

/** The lines of a reply without their codes. */
function linesOf(text: string): string[] {
  return text.split(/\r?\n/).map((line) => line.trim().replace(/^[:\s]*[45]\d\d[ -]+/, ""));
}
