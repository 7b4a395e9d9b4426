import type { CauseCode, PhaseName } from "../../model/codes.ts";
import type { Cause } from "../../model/observation.ts";
import { CODE_RULES } from "./classify-codes.ts";
import { GOOGLE_RULES } from "./classify-google.ts";
import { IDENTITY_RULES } from "./classify-identity.ts";
import { MICROSOFT_RULES } from "./classify-microsoft.ts";
import { PACE_RULES } from "./classify-pace.ts";
import { RECIPIENT_RULES } from "./classify-recipient.ts";
import { type Provider, type ReplyRule, TRANSACTION } from "./classify-rule.ts";
import { TRUST_RULES } from "./classify-trust.ts";
import { YAHOO_RULES } from "./classify-yahoo.ts";

/** A reply to be understood. */
export interface ReplyInContext {
  /** Absent when nobody knows it, as for a line copied from a log. */
  readonly phase?: PhaseName;
  readonly code: number;
  readonly enhanced?: string;
  readonly lines: readonly string[];
  /** Names by which the server goes (host, greeting): they tell the provider when the text does not. */
  readonly serverNames?: readonly string[];
}

export interface Classification {
  readonly cause: CauseCode;
  readonly certainty: Cause["certainty"];
  /** Which line of the tables decided. */
  readonly rule: string;
  readonly provider?: Provider;
}

/** A refusal says what it has to say in its first kilobytes; a hostile one may go on. */
const TEXT_LENGTH = 4096;

/** As they write themselves. */
export const PROVIDER_NAMES: Readonly<Record<Provider, string>> = {
  google: "Google",
  microsoft: "Microsoft",
  yahoo: "Yahoo",
};

const PROVIDER_RULES: Readonly<Record<Provider, readonly ReplyRule[]>> = {
  google: GOOGLE_RULES,
  microsoft: MICROSOFT_RULES,
  yahoo: YAHOO_RULES,
};

/** Text first: enhanced codes are ambiguous between servers, and the code alone says the least. */
const GENERIC_RULES: readonly ReplyRule[] = [
  ...IDENTITY_RULES,
  ...TRUST_RULES,
  ...PACE_RULES,
  ...RECIPIENT_RULES,
  ...CODE_RULES,
];

/** All tables, for tests and for documentation. */
export const REPLY_RULES: readonly ReplyRule[] = [
  ...GOOGLE_RULES,
  ...MICROSOFT_RULES,
  ...YAHOO_RULES,
  ...GENERIC_RULES,
];

/**
 * What a 4xx or 5xx reply means to the sender. Keyed on provider, phase, code and text together, because enhanced
 * codes are ambiguous: 5.7.30 is "DKIM did not pass" at Google, "basic authentication is off" at Microsoft and
 * "REQUIRETLS needed" in the registry. Absent for a positive reply, and where no rule fits.
 */
export function classifyReply(reply: ReplyInContext): Classification | undefined {
  if (reply.code < 400 || reply.code > 599) return undefined;
  const text = normalise(reply.lines);
  const provider = providerOf(text, reply.serverNames ?? []);
  const phase = reply.phase ?? (onlyOfAuth(reply.code, text) ? "auth" : undefined);
  const matches = (rule: ReplyRule): boolean => applies(rule, reply, phase, text);
  const rule =
    (provider === undefined ? undefined : PROVIDER_RULES[provider].find(matches)) ??
    GENERIC_RULES.find(matches);
  if (rule === undefined) return undefined;
  return {
    cause: rule.cause,
    certainty: rule.certainty,
    rule: rule.id,
    ...(provider === undefined ? {} : { provider }),
  };
}

/** Lines joined into one text, since servers break sentences where they like and repeat the enhanced code. */
function normalise(lines: readonly string[]): string {
  let text = "";
  for (const line of lines) {
    if (text.length >= TEXT_LENGTH) break;
    text += `${line.slice(0, TEXT_LENGTH).replace(/^[245]\.\d{1,3}\.\d{1,3}(\s|$)/, "")} `;
  }
  return text.slice(0, TEXT_LENGTH).toLowerCase().replaceAll(/\s+/g, " ");
}

const PROVIDER_MARKS: readonly (readonly [Provider, readonly string[]])[] = [
  ["google", ["gsmtp", "support.google.com", "google.com", "gmail"]],
  ["microsoft", ["outlook.com", "office365.com", "aka.ms/", "go.microsoft.com", "hotmail", "microsoft"]],
  ["yahoo", ["yahoo", "aol.com"]],
];

function providerOf(text: string, serverNames: readonly string[]): Provider | undefined {
  // The server's own name decides: anybody's refusal may point to a guide by Google.
  const names = serverNames.map((name) => name.slice(0, 255).toLowerCase()).join(" ");
  return markedBy(names) ?? markedBy(text);
}

function markedBy(text: string): Provider | undefined {
  return PROVIDER_MARKS.find(([, marks]) => marks.some((mark) => text.includes(mark)))?.[0];
}

/** Codes that no other command answers with (RFC 4954 section 6); 454 is STARTTLS's too. */
function onlyOfAuth(code: number, text: string): boolean {
  return [432, 534, 535, 538].includes(code) || (code === 454 && /\b(auth|login)/.test(text));
}

function applies(
  rule: ReplyRule,
  reply: ReplyInContext,
  phase: PhaseName | undefined,
  text: string,
): boolean {
  return (
    phaseFits(rule, phase) &&
    (rule.codes?.some((code) => codeFits(code, reply.code)) ?? true) &&
    (rule.enhanced?.some((wanted) => enhancedFits(wanted, reply.enhanced)) ?? true) &&
    (rule.text?.some((part) => holds(text, part)) ?? true) &&
    (rule.also?.some((part) => holds(text, part)) ?? true)
  );
}

/** Without a phase a rule must have words to go by: a bare 550 means one thing at RCPT and another at the banner. */
function phaseFits(rule: ReplyRule, phase: PhaseName | undefined): boolean {
  if (rule.phases === undefined) return true;
  if (phase !== undefined) return rule.phases.includes(phase);
  return rule.text !== undefined && TRANSACTION.some((known) => rule.phases?.includes(known));
}

function codeFits(wanted: number | "4xx" | "5xx", code: number): boolean {
  return typeof wanted === "number" ? wanted === code : Number(wanted[0]) === Math.floor(code / 100);
}

function enhancedFits(wanted: string, enhanced: string | undefined): boolean {
  if (enhanced === undefined) return false;
  const have = enhanced.split(".");
  return wanted.split(".").every((part, index) => {
    const value = have[index];
    if (value === undefined) return false;
    if (part === "X") return true;
    const [low, high] = part.split("-");
    if (high === undefined) return part === value;
    return Number(value) >= Number(low) && Number(value) <= Number(high);
  });
}

function holds(text: string, part: string | RegExp): boolean {
  return typeof part === "string" ? text.includes(part) : part.test(text);
}
