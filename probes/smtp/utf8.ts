import { FaultError } from "../../src/model/observation.ts";
import type { MailParameters, SmtpSession } from "../../src/model/smtp.ts";
import { offers } from "../../src/standards/smtp/ehlo.ts";

const NON_ASCII = /[^\0-\x7f]/;

/**
 * What MAIL needs for these addresses: SMTPUTF8 when one of them is outside ASCII (RFC 6531 section 3.4). Throws
 * `rejected` when the server does not offer it: such an address cannot even be named to it.
 */
export function utf8For(
  session: SmtpSession,
  addresses: readonly string[],
): Pick<MailParameters, "smtpUtf8"> {
  if (!addresses.some((address) => NON_ASCII.test(address))) return {};
  if (offers(session.capabilities, "SMTPUTF8")) return { smtpUtf8: true };
  const message = "an address outside ASCII needs SMTPUTF8 (RFC 6531), which the server does not offer";
  throw new FaultError({ code: "rejected", phase: "mail", message });
}
