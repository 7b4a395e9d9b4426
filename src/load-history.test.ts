import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { steadyRun } from "../test/support/load-run.ts";
import { loadConfig } from "./config/index.ts";
import { loadHistory } from "./load-history.ts";
import { configDeps } from "./toolkit.ts";

const root = mkdtempSync(join(tmpdir(), "mailgauge-history-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, "case-"));
});

function configured(store: string) {
  const file = join(folder, "mailgauge.yml");
  writeFileSync(file, `store: ${store}\n`);
  const result = loadConfig(file, configDeps);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return loadHistory(result.config);
}

const runOn = (id: string, day: number) =>
  steadyRun({ id, seconds: 2, overrides: { startedAt: new Date(Date.UTC(2026, 9, day)).toISOString() } });
const ids = (runs: readonly { readonly id: string }[]): string[] => runs.map(({ id }) => id);

describe("kept load tests", () => {
  it("are found in the database that the command line names, as in the configured one", () => {
    const history = configured("{ path: runs.db }");
    const elsewhere = join(folder, "other.db");
    history.keep(runOn("here", 1));
    history.keep(runOn("there", 2), elsewhere);
    expect([ids(history.runs()), ids(history.runs(elsewhere))]).toEqual([["here"], ["there"]]);
    expect(history.earlier("here").id).toBe("here");
    expect(loadHistory(undefined).earlier("there", elsewhere).id).toBe("there");
    expect(() => history.earlier("there")).toThrow(
      "there cannot be read: there is no such run, and no such file",
    );
  });

  it("are kept for as long as the configuration says, in its own store", () => {
    const history = configured("{ path: runs.db, retention: 10d }");
    const elsewhere = join(folder, "other.db");
    for (const store of [undefined, elsewhere])
      for (const day of [1, 8, 15]) history.keep(runOn(`day${day}`, day), store);
    expect(ids(history.runs())).toEqual(["day15", "day8"]);
    expect(ids(history.runs(elsewhere))).toEqual(["day15", "day8", "day1"]);
  });

  it("need a store, and looking for them makes none", () => {
    expect(() => loadHistory(undefined).runs()).toThrow("no store is named, so no run is kept");
    const missing = join(folder, "missing.db");
    expect(() => loadHistory(undefined).runs(missing)).toThrow(`There is no database at ${missing}.`);
    expect(() => loadHistory(undefined).earlier("nobody", missing)).toThrow("nobody cannot be read");
    expect(existsSync(missing)).toBe(false);
  });
});
