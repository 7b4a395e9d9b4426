import type { Secret } from "../../model/secret.ts";

/** RFC 3454 table B.1: mapped to nothing (and the variation selectors that came later). */
const NOTHING = /\p{Variation_Selector}|\u034f|\u200d|[\u00ad\u1806\u200b\u200c\u2060\ufeff]/gu;
/** RFC 3454 table C.1.2: blanks other than the ASCII one. */
const BLANK = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;
const CONTROL = /\p{Cc}/u;
const NON_ASCII = /[^\0-\x7f]/;

/**
 * SASLprep (RFC 4013) as far as it changes text: mapping and NFKC. The checks of unassigned code points and of mixed
 * directions are left to the server, which alone knows the stored password. Throws on control characters.
 */
export function saslprep(text: string): string {
  const prepared = NON_ASCII.test(text)
    ? text.replace(BLANK, " ").replace(NOTHING, "").normalize("NFKC")
    : text;
  if (CONTROL.test(prepared)) {
    // RFC 4013 section 2.3; a NUL would also end a field of PLAIN.
    throw new Error("user name, password and token must not hold control characters");
  }
  return prepared;
}

export function preparedUsername(username: string): string {
  return saslprep(username);
}

export function preparedPassword(password: Secret): string {
  return saslprep(password.reveal());
}
