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

/** Control characters come out as escapes: what a server sends must not steer the terminal. */
function quoted(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return /^[\w.,:;/@+*()[\]-]+$/.test(text)
    ? text
    : JSON.stringify(text).replaceAll(/[\u007f-\u009f]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
