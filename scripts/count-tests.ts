import { readFileSync } from "node:fs";

/** Prints `passed failed skipped` of one vitest JSON report. A file that broke before its tests counts as failed. */
const file = process.argv[2];
if (file === undefined) throw new Error("usage: count-tests.ts REPORT.json");

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
}

const report = JSON.parse(readFileSync(file, "utf8")) as Report;
const brokenFiles = report.testResults.filter(
  (f) => f.status === "failed" && f.assertionResults.length === 0,
);
const failed = report.numFailedTests + brokenFiles.length;
console.log(report.numPassedTests, failed, report.numPendingTests + report.numTodoTests);
