import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { brokenRun, steadyRun } from "../../test/support/load-run.ts";
import type { LoadRun } from "../model/load-run.ts";
import { createLoadRunReader } from "./load-run-reader.ts";
import { openLoadRunStore } from "./load-runs.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mailgauge-reader-"));
  path = join(folder, "mailgauge.db");
});

afterEach(() => rmSync(folder, { recursive: true }));

function keep(run: LoadRun): void {
  const store = openLoadRunStore(path);
  store.add(run);
  store.close();
}

describe("the reader of load tests", () => {
  it("knows none as long as there is no file, and makes none", () => {
    const reader = createLoadRunReader(() => path);
    expect(reader.last(5)).toEqual([]);
    expect(reader.byId("k3v9x2ab")).toBeUndefined();
    expect(existsSync(path)).toBe(false);
    expect(createLoadRunReader(() => undefined).last(5)).toEqual([]);
  });

  it("sees a file that is made, and one that takes its place", () => {
    const reader = createLoadRunReader(() => path);
    keep(steadyRun());
    expect(reader.last(5).map(({ id }) => id)).toEqual(["k3v9x2ab"]);
    expect(reader.byId("k3v9x2ab")?.scenario).toBe("throughput");
    renameSync(path, `${path}.old`);
    expect(reader.last(5)).toEqual([]);
    keep(brokenRun());
    expect(reader.last(5).map(({ id }) => id)).toEqual(["d3adp0rt"]);
  });
});
