import type { SmtpReply } from "../../model/smtp.ts";

/**
 * How servers name a message in the reply to the final dot: the id under which it stands in their log. Not
 * standardised; the first pattern that fits wins.
 */
const FORMS: readonly { readonly server: string; readonly pattern: RegExp }[] = [
  { server: "Exchange", pattern: /\[InternalId=(\d{1,20})/ },
  { server: "Exim", pattern: /\bid=([0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4})\b/ },
  { server: "Postfix, SendGrid, Postmark", pattern: /\bqueued as ([\w.+=-]{4,100}?)\.?(?:\s|$)/i },
  { server: "Haraka", pattern: /\bqueued \(([0-9A-F-]{8,60}(?:\.\d+)?)\)/i },
  { server: "KumoMTA", pattern: /\bids=([0-9a-f]{32})\b/ },
  { server: "Sendmail, OpenSMTPD", pattern: /^2\.0\.0:? (\w{8,40}) Message accepted for delivery/i },
  { server: "Gmail", pattern: /^(?:2\.0\.0 )?OK:? +\d{9,11} ([\w.-]{10,100}) - gsmtp/ },
  { server: "Amazon SES", pattern: /^Ok ([0-9a-f]{16}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d{6})$/ },
  { server: "Dovecot LMTP", pattern: /^2\.0\.0 <[^>]{1,320}> (\S{8,60}) Saved/ },
  { server: "Momentum", pattern: /^2\.\d\.0 OK ([0-9A-F/-]{8,60})$/ },
  { server: "qmail", pattern: /^ok \d{9,11} (qp \d{1,10})$/i },
];

/** The id in a positive reply, or nothing when its form is not known. */
export function queueIdOf(reply: SmtpReply): string | undefined {
  if (reply.code < 200 || reply.code > 299) return undefined;
  const text = reply.lines.at(-1) ?? "";
  for (const { pattern } of FORMS) {
    const id = pattern.exec(text)?.[1];
    if (id !== undefined) return id;
  }
  return undefined;
}
