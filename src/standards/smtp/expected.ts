import type { PhaseName } from "../../model/codes.ts";
import type { SmtpReply } from "../../model/smtp.ts";

/**
 * Whether a reply is the success of its command (RFC 5321 section 4.3.2): 354 after DATA, 220 after STARTTLS (RFC 3207
 * section 4), any 2yz elsewhere. A reply that is neither this nor 4yz or 5yz is an answer to some other question.
 */
export function isExpected(phase: PhaseName, { code }: Pick<SmtpReply, "code">): boolean {
  if (phase === "data") return code === 354;
  if (phase === "starttls") return code === 220;
  return code >= 200 && code < 300;
}
