import type { FaultCode, PhaseName } from "../../src/model/codes.ts";
import { FaultError } from "../../src/model/observation.ts";
import type { SmtpReply } from "../../src/model/smtp.ts";

/** Enough of a reply for one line of a report; the whole reply stands in the fault. */
const TEXT_LENGTH = 200;

/** 2yz: done. 354 and other 3yz ask for more, which only DATA hopes for. */
export function isPositive({ code }: SmtpReply): boolean {
  return code >= 200 && code < 300;
}

/** `550 5.1.1 User unknown`, on one line. */
export function describeReply(reply: SmtpReply): string {
  const text = reply.lines.join(" ").replaceAll(/\s+/g, " ").trim();
  return `${reply.code} ${text.length > TEXT_LENGTH ? `${text.slice(0, TEXT_LENGTH)}…` : text}`.trim();
}

const COMMAND: Readonly<Partial<Record<PhaseName, string>>> = {
  banner: "the connection",
  ehlo: "EHLO",
  starttls: "STARTTLS",
  auth: "AUTH",
  mail: "the sender",
  rcpt: "a recipient",
  data: "DATA",
  body: "the message",
};

/** What a reply that is not the one hoped for makes of the run. */
export function faultCodeOf(reply: SmtpReply, phase: PhaseName): FaultCode {
  if (reply.code < 400) return "protocol_error";
  if (phase === "starttls") return "tls_refused";
  if (reply.code < 500) return "deferred";
  return phase === "auth" ? "auth_failed" : "rejected";
}

/** Only mail is deferred; what comes before it is refused for now. */
const OF_MAIL: ReadonlySet<PhaseName> = new Set<PhaseName>(["mail", "rcpt", "data", "body"]);

function sentenceOf({ code }: SmtpReply, phase: PhaseName): string {
  const what = COMMAND[phase] ?? phase;
  if (code < 400) return `the server answers ${what} with what is no answer to it`;
  if (code >= 500) return `the server refused ${what}`;
  return OF_MAIL.has(phase) ? `the server deferred ${what}` : `the server refused ${what} for now`;
}

/** A reply that is not the one hoped for as the fault that ends the run. */
export function refusal(reply: SmtpReply, phase: PhaseName): FaultError {
  const message = `${sentenceOf(reply, phase)}: ${describeReply(reply)}`;
  return new FaultError({ code: faultCodeOf(reply, phase), phase, message, reply });
}

/** Throws the fault of a reply that is not positive. */
export function requirePositive(reply: SmtpReply, phase: PhaseName): void {
  if (!isPositive(reply)) throw refusal(reply, phase);
}
