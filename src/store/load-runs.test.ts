import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { capacityRun, steadyRun } from "../../test/support/load-run.ts";
import type { LoadRun } from "../model/load-run.ts";
import {
  type LoadRunStore,
  LoadRunStoreError,
  type LoadRunStoreOptions,
  openLoadRunStore,
} from "./load-runs.ts";
import { loadSqlite } from "./sqlite.ts";

let folder: string;
let path: string;
const opened: LoadRunStore[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mailgauge-store-"));
  path = join(folder, "mailgauge.db");
});

afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  rmSync(folder, { recursive: true });
});

function open(options?: LoadRunStoreOptions): LoadRunStore {
  const store = openLoadRunStore(path, options);
  opened.push(store);
  return store;
}

function runAt(minute: number): LoadRun {
  return steadyRun({
    id: `run${minute}`,
    seconds: 2,
    overrides: { startedAt: new Date(Date.UTC(2026, 10, 22, 12, minute)).toISOString() },
  });
}

function complaint(work: () => unknown): LoadRunStoreError {
  try {
    work();
  } catch (error) {
    if (error instanceof LoadRunStoreError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("the store of load tests", () => {
  it("gives back what was added, whole by its id, in short by time", () => {
    const store = open();
    const runs = [runAt(5), capacityRun(), runAt(30)];
    for (const run of runs) store.add(run);
    expect(store.byId("c4p8q1zz")).toEqual(JSON.parse(JSON.stringify(capacityRun())));
    expect(store.byId("nobody")).toBeUndefined();
    expect(store.last(2).map(({ id }) => id)).toEqual(["c4p8q1zz", "run30"]);
    const { totals } = capacityRun();
    expect(store.last(1)).toEqual([
      {
        id: "c4p8q1zz",
        startedAt: "2026-11-22T13:40:00.000Z",
        scenario: "capacity",
        target: "relay-eu",
        verdict: "fail",
        seconds: totals.seconds,
        messages: 158_684,
        rate: totals.messages.accepted / totals.seconds,
      },
    ]);
  });

  it("keeps the newest, and one of each id", () => {
    const store = open({ keep: 3 });
    for (const minute of [9, 1, 7, 3, 5, 9]) store.add(runAt(minute));
    expect(store.last(10).map(({ id }) => id)).toEqual(["run9", "run7", "run5"]);
  });

  it("forgets what is past its retention when a run is added", () => {
    const store = open({ retentionMs: 10 * 60_000 });
    for (const minute of [1, 8, 10, 18]) store.add(runAt(minute));
    expect(store.last(10).map(({ id }) => id)).toEqual(["run18", "run10", "run8"]);
  });

  it("outlives the process, and is read without being written", () => {
    const store = open();
    store.add(runAt(1));
    store.close();
    const reader = open({ readOnly: true });
    expect(reader.last(5)).toHaveLength(1);
    expect(complaint(() => reader.add(runAt(2))).remedy).toContain("let this user read and write");
    // What one process adds, another sees at once.
    open().add(runAt(3));
    expect(reader.last(5).map(({ id }) => id)).toEqual(["run3", "run1"]);
  });

  it("does not make a file in order to read it", () => {
    expect(complaint(() => open({ readOnly: true })).message).toContain("There is no database at");
    expect(existsSync(path)).toBe(false);
  });

  it("lets several processes make the file and write at once", async () => {
    const script = `
      import { openLoadRunStore } from ${JSON.stringify(join(import.meta.dirname, "load-runs.ts"))};
      import { steadyRun } from ${JSON.stringify(join(import.meta.dirname, "../../test/support/load-run.ts"))};
      const [path, name] = process.argv.slice(2);
      const store = openLoadRunStore(path);
      for (let n = 0; n < 20; n += 1) store.add(steadyRun({ id: name + n, seconds: 20 }));
      store.close();
    `;
    const program = join(folder, "writer.ts");
    writeFileSync(program, script);
    const writers = ["a", "b", "c", "d", "e", "f"].map((name) =>
      spawn(process.execPath, [program, path, name], { stdio: ["ignore", "inherit", "pipe"] }),
    );
    const said = writers.map(() => "");
    writers.forEach((writer, index) => {
      writer.stderr.setEncoding("utf8").on("data", (text: string) => {
        said[index] += text;
      });
    });
    const codes = await Promise.all(writers.map((writer) => once(writer, "close")));
    // Nor does one print that SQLite is experimental.
    expect(said).toEqual(writers.map(() => ""));
    expect(codes.map(([code]) => code as number)).toEqual(writers.map(() => 0));
    expect(open().last(1000)).toHaveLength(20 * writers.length);
  });
});

describe("a file that cannot be used", () => {
  it("that is no database", () => {
    writeFileSync(path, "This was a shopping list. ".repeat(400));
    const { message, remedy } = complaint(() => open());
    expect(message).toContain("is no database that can be read");
    expect(remedy).toContain("Move it away");
  });

  it("that a later version wrote", () => {
    const database = new (loadSqlite().DatabaseSync)(path);
    database.exec("PRAGMA user_version = 7");
    database.close();
    for (const readOnly of [false, true]) {
      expect(complaint(() => open({ readOnly })).message).toContain("later version of Mailgauge (layout 7");
    }
  });

  it("that has no table yet, when it is only read", () => {
    writeFileSync(path, "");
    expect(complaint(() => open({ readOnly: true })).remedy).toContain("brings it up to date");
  });

  it("whose folder does not exist", () => {
    path = join(folder, "missing", "mailgauge.db");
    const { message, remedy } = complaint(() => open());
    expect(message).toContain("cannot be opened");
    expect(remedy).toContain("Make its folder");
  });

  it("that holds a run of a later layout: the others can be read", () => {
    const store = open();
    store.add(runAt(1));
    store.add({ ...runAt(2), version: 2 } as unknown as LoadRun);
    expect(complaint(() => store.byId("run2")).message).toContain("by a later version");
    expect(store.byId("run1")?.id).toBe("run1");
  });

  it("that is a folder", () => {
    path = folder;
    expect(complaint(() => open()).message).toContain("cannot be opened");
  });
});
