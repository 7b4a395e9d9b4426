/** Rewrites one JSON line as `key=value` pairs, which a person reads and grep finds. Other text passes unchanged. */
export function logfmt(line: string): string {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return line;
  }
  if (record === null || typeof record !== "object") return line;
  const pairs = Object.entries(record).map(([key, value]) => `${key}=${quoted(value)}`);
  return `${pairs.join(" ")}\n`;
}

/** Control and format characters come out as escapes: what a server sends must not steer the terminal. */
function quoted(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return /^[\w.,:;/@+*()[\]-]+$/.test(text)
    ? text
    : JSON.stringify(text).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escaped);
}

function escaped(character: string): string {
  // One outside the first plane is two units of UTF-16.
  return Array.from({ length: character.length }, (_, at) => hex(character.charCodeAt(at))).join("");
}

function hex(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}
