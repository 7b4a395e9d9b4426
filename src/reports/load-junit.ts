import type { LoadRun } from "../model/load-run.ts";
import { loadFacts } from "./load-facts.ts";
import { escapeXml } from "./junit.ts";

/**
 * JUnit XML of a load test, as CI systems read it: a case for each objective, and one for how the run ended. A run that
 * broke, or of which nothing can be said, is an error and no failure.
 */
export function renderLoadJunit(run: LoadRun): string {
  const facts = loadFacts(run);
  const { failed } = facts;
  const whole = endCase(run, facts.headline);
  const name = escapeXml(`loadtest ${run.scenario} ${run.target.name}`);
  const counts =
    `tests="${run.objectives.length + 1}" failures="${failed.length + Number(whole.kind === "failure")}" ` +
    `errors="${Number(whole.kind === "error")}" time="${run.totals.seconds.toFixed(3)}"`;
  const cases = run.objectives.map(({ metric, expression, ok }) => {
    const text = `${metric} ${expression}`;
    const failure = ok
      ? undefined
      : { kind: "failure", message: `${text} did not hold`, text: facts.headline };
    return testCase(run, text, 0, failure);
  });
  cases.push(testCase(run, "run", run.totals.seconds, whole.kind === "none" ? undefined : whole));
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="mailgauge" ${counts}>\n` +
    `  <testsuite name="${name}" timestamp="${escapeXml(run.startedAt)}" ${counts}>\n` +
    `${cases.join("")}  </testsuite>\n</testsuites>\n`
  );
}

interface Complaint {
  readonly kind: string;
  readonly message: string;
  readonly text: string;
}

/** A run that was cut short by its own guard or by a failed objective has failed; otherwise its end is no news. */
function endCase(
  run: LoadRun,
  headline: string,
): Complaint & { readonly kind: "none" | "failure" | "error" } {
  const text = `${headline}\n${run.bottleneck.sentence}`;
  const message = run.endReason ?? headline;
  if (run.end === "broken" || run.end === "interrupted" || run.verdict === "unknown") {
    return { kind: "error", message, text };
  }
  // Without an objective to blame, the run itself must fail, or the suite would pass.
  const isBlamed = run.objectives.some(({ ok }) => !ok);
  return {
    kind: run.verdict === "fail" && (!isBlamed || run.end === "stopped") ? "failure" : "none",
    message,
    text,
  };
}

function testCase(run: LoadRun, name: string, seconds: number, complaint: Complaint | undefined): string {
  const head = `    <testcase classname="${escapeXml(`loadtest.${run.scenario}`)}" name="${escapeXml(name)}" time="${seconds.toFixed(3)}"`;
  if (complaint === undefined) return `${head}/>\n`;
  const { kind, message, text } = complaint;
  return `${head}><${kind} message="${escapeXml(message)}">${escapeXml(text)}</${kind}></testcase>\n`;
}
