import type { Observation } from "../model/observation.ts";

/** JUnit XML, as CI systems read it: a suite a target, a case a probe; `unknown` is an error, `fail` a failure. */
export function renderJunit(observations: readonly Observation[]): string {
  const byTarget = Map.groupBy(observations, (observation) => observation.target);
  const suites = [...byTarget].map(([target, list]) => suite(target, list));
  const head = `<testsuites name="mailgauge" ${counts(observations)}>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${suites.join("")}</testsuites>\n`;
}

function suite(target: string, list: readonly Observation[]): string {
  const head = `<testsuite name="${escapeXml(target)}" ${counts(list)}>`;
  return `  ${head}\n${list.map(testCase).join("")}  </testsuite>\n`;
}

function counts(list: readonly Observation[]): string {
  const count = (verdict: string) => list.filter((observation) => observation.verdict === verdict).length;
  const seconds = list.reduce((sum, observation) => sum + observation.durationMs, 0) / 1000;
  return `tests="${list.length}" failures="${count("fail")}" errors="${count("unknown")}" time="${seconds.toFixed(3)}"`;
}

function testCase(observation: Observation): string {
  const seconds = (observation.durationMs / 1000).toFixed(3);
  const head = `<testcase classname="${escapeXml(observation.target)}" name="${escapeXml(observation.probe)}" time="${seconds}"`;
  const reason = escapeXml(observation.cause?.code ?? observation.fault?.code ?? observation.verdict);
  const text = escapeXml(whatIsWrong(observation));
  if (observation.verdict === "fail")
    return `    ${head}><failure message="${reason}">${text}</failure></testcase>\n`;
  if (observation.verdict === "unknown")
    return `    ${head}><error message="${reason}">${text}</error></testcase>\n`;
  if (observation.verdict === "warn") return `    ${head}><system-out>${text}</system-out></testcase>\n`;
  return `    ${head}/>\n`;
}

/** The findings that are no pass, then the cause with its remedy. */
function whatIsWrong({ findings, cause }: Observation): string {
  const lines = findings
    .filter((finding) => finding.verdict !== "pass")
    .map(
      ({ verdict, id, message, remedy }) => `${verdict} ${id}: ${message}${remedy ? `\n  ${remedy}` : ""}`,
    );
  if (cause !== undefined) lines.push(`${cause.code} (${cause.certainty}): ${cause.remedy}`);
  return lines.join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** XML 1.0 has no place for control characters, not even as references: they become U+FFFD. */
export function escapeXml(text: string): string {
  let out = "";
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    const allowed =
      code === 9 || code === 10 || code === 13 || (code >= 32 && code !== 0xfffe && code !== 0xffff);
    out += allowed && !(code >= 0xd800 && code <= 0xdfff) ? (ENTITIES[char] ?? char) : "\uFFFD";
  }
  return out;
}
