/** What middleboxes write over a keyword that they want to hide: as many letters as it had, so that no length changes. */
const MASK = /^X{4,}[A-Z]?$/;

/**
 * The keyword of an EHLO reply that looks like one overwritten on the way, such as `XXXXXXXA` for STARTTLS: somebody
 * between here and the server takes the encryption out (RFC 3207 section 6).
 */
export function maskedKeyword(keywords: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(keywords).find((keyword) => MASK.test(keyword));
}
