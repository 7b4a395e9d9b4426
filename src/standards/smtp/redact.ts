import type { SmtpReply } from "../../model/smtp.ts";

export const REDACTED = "[redacted]";

/** A command as the transcript shows it: of AUTH, verb and mechanism only (RFC 4954). */
export function redactCommand(line: string): string {
  const auth = /^AUTH[ \t]+([^ \t]{1,20})([ \t]|$)/i.exec(line);
  if (auth !== null) return auth[2] === "" ? line : `AUTH ${auth[1]} ${REDACTED}`;
  return /^AUTH\b/i.test(line) ? `AUTH ${REDACTED}` : line;
}

/** The lines of a reply as they came. A challenge (334) may echo what it was given, and is left out. */
export function replyLines(reply: SmtpReply): string[] {
  const last = reply.lines.length - 1;
  return reply.lines.map((text, i) => {
    const shown = reply.code === 334 ? REDACTED : text;
    return `${reply.code}${i === last ? " " : "-"}${shown}`;
  });
}
