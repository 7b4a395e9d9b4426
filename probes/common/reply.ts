import type { FaultCode, PhaseName } from "../../src/model/codes.ts";
import { FaultError } from "../../src/model/observation.ts";
import type { SmtpReply } from "../../src/model/smtp.ts";

/** Enough of a reply for one line of a report; the whole reply stands in the fault. */
const TEXT_LENGTH = 200;

export function isPositive(reply: SmtpReply): boolean {
  return reply.code < 400;
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

function codeOf(reply: SmtpReply, phase: PhaseName): FaultCode {
  if (phase === "starttls") return "tls_refused";
  if (reply.code < 500) return "deferred";
  return phase === "auth" ? "auth_failed" : "rejected";
}

/** Only mail is deferred; what comes before it is refused for now. */
const OF_MAIL: ReadonlySet<PhaseName> = new Set<PhaseName>(["mail", "rcpt", "data", "body"]);

/** A negative reply as the fault that ends the run. */
export function refusal(reply: SmtpReply, phase: PhaseName): FaultError {
  const what = COMMAND[phase] ?? phase;
  const done = OF_MAIL.has(phase) ? `deferred ${what}` : `refused ${what} for now`;
  return new FaultError({
    code: codeOf(reply, phase),
    phase,
    message: `the server ${reply.code < 500 ? done : `refused ${what}`}: ${describeReply(reply)}`,
    reply,
  });
}

/** Throws the fault of a reply that is not positive. */
export function requirePositive(reply: SmtpReply, phase: PhaseName): void {
  if (!isPositive(reply)) throw refusal(reply, phase);
}
