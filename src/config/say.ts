/**
 * A complaint in two halves, as the schema's checks give it: what is wrong, as a predicate without its subject
 * ("is not a duration"), and what would be right. The subject is put in front where the value may be shown.
 */
export function say(wrong: string, right: string): string {
  return `${wrong}; ${right}`;
}

/** The halves again. What is wrong never holds a semicolon. */
export function unsay(text: string): { readonly wrong: string; readonly right: string } {
  const at = text.indexOf("; ");
  return at < 0 ? { wrong: text, right: "" } : { wrong: text.slice(0, at), right: text.slice(at + 2) };
}
