/** As `engines` of package.json says. */
const LEAST = [22, 19] as const;

/** One line for who runs an older Node, which would only say which of our imports it lacks; absent when it is new enough. */
export function nodeComplaint(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return undefined;
  return `mailgauge: needs Node.js ${LEAST.join(".")} or newer, and this is ${version}\n`;
}
