import type { DatabaseSync, StatementSync } from "node:sqlite";
import { existsSync } from "node:fs";
import type { LoadRun } from "../model/load-run.ts";
import { messagesOf } from "../model/load-timeline.ts";
import type { Verdict } from "../model/observation.ts";
import { loadSqlite } from "./sqlite.ts";

/** What a list says of a run. */
export interface LoadRunSummary {
  readonly id: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly scenario: string;
  readonly target: string;
  readonly verdict: Verdict;
  readonly seconds: number;
  /** Of every outcome. */
  readonly messages: number;
  /** Accepted messages a second. */
  readonly rate: number;
}

/** The load tests that were run on this machine, in one SQLite file. Every method may throw `LoadRunStoreError`. */
export interface LoadRunStore {
  /** Keeps a run, in place of one of the same id; forgets the oldest beyond 500, and those past their retention. */
  add(run: LoadRun): void;
  /** Newest first, at most so many. */
  last(limit: number): LoadRunSummary[];
  byId(id: string): LoadRun | undefined;
  close(): void;
}

/** The file cannot be used; `remedy` says what to do about it. */
export class LoadRunStoreError extends Error {
  override readonly name = "LoadRunStoreError";
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}

export interface LoadRunStoreOptions {
  /** The file must exist, and is not written to. */
  readonly readOnly?: boolean;
  /** Runs that are kept; 500 by default. */
  readonly keep?: number;
  /** Runs that began so many milliseconds before the one that is added are forgotten; none by default. */
  readonly retentionMs?: number;
}

const KEEP = 500;
/** Another process may be writing a run: a few megabytes. */
const BUSY_TIMEOUT_MS = 5000;
/** `user_version` of a file that this version writes. Each entry of `MIGRATIONS` leads to the next. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE load_runs (
    id TEXT PRIMARY KEY, started_at TEXT NOT NULL, scenario TEXT NOT NULL, target TEXT NOT NULL,
    verdict TEXT NOT NULL, seconds REAL NOT NULL, messages INTEGER NOT NULL, rate REAL NOT NULL, json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX load_runs_by_time ON load_runs (started_at DESC);`,
];
const LAYOUT_OF_RUN = 1;

/** Opens the file, makes it when there is none, and brings an older one up to date. Throws `LoadRunStoreError`. */
export function openLoadRunStore(path: string, options: LoadRunStoreOptions = {}): LoadRunStore {
  const { readOnly = false, keep = KEEP, retentionMs } = options;
  // SQLite would say "unable to open database file", whatever is the matter.
  if (readOnly && !existsSync(path)) {
    throw new LoadRunStoreError(
      `There is no database at ${path}.`,
      "Run `mailgauge loadtest` with the same store.path; it makes the file.",
    );
  }
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw error instanceof LoadRunStoreError ? error : explained(path, error);
    }
  };
  const database = guarded(() => openDatabase(path, readOnly));
  let statements: Statements;
  try {
    statements = guarded(() => {
      prepareFile(database, path, readOnly);
      return prepareStatements(database);
    });
  } catch (error) {
    database.close();
    throw error;
  }
  const { insert, prune, expire, list, find } = statements;
  return {
    add: (run) => {
      guarded(() => {
        database.exec("BEGIN IMMEDIATE");
        try {
          insert.run(...rowOf(run));
          prune.run(keep);
          if (retentionMs !== undefined) expire.run(before(run.startedAt, retentionMs));
          database.exec("COMMIT");
        } catch (error) {
          database.exec("ROLLBACK");
          throw error;
        }
      });
    },
    last: (limit) => guarded(() => list.all(limit).map(summaryOf)),
    byId: (id) =>
      guarded(() => {
        const json = find.get(id)?.json;
        return typeof json === "string" ? runOf(json, id, path) : undefined;
      }),
    close: () => {
      if (database.isOpen) database.close();
    },
  };
}

function openDatabase(path: string, readOnly: boolean): DatabaseSync {
  const { DatabaseSync } = loadSqlite();
  return new DatabaseSync(path, { readOnly, timeout: BUSY_TIMEOUT_MS });
}

/** Under the lock of a writer, so that two processes that start at once do not both make the table. */
function prepareFile(database: DatabaseSync, path: string, readOnly: boolean): void {
  const version = layoutOf(database);
  if (version > MIGRATIONS.length) {
    throw new LoadRunStoreError(
      `${path} was written by a later version of Mailgauge (layout ${version}, this one knows ${MIGRATIONS.length}).`,
      "Update Mailgauge, or give another file as store.path.",
    );
  }
  if (readOnly) {
    if (version === MIGRATIONS.length) return;
    throw new LoadRunStoreError(
      `${path} holds no load tests yet (layout ${version}).`,
      "The next `mailgauge loadtest` brings it up to date.",
    );
  }
  useWal(database);
  if (version === MIGRATIONS.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    for (const migration of MIGRATIONS.slice(layoutOf(database))) database.exec(migration);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

/**
 * Readers then never wait for a writer, nor it for them. The mode is one of the file: while another process switches it,
 * SQLite refuses at once, without waiting, and this one finds it switched with its next transaction.
 */
function useWal(database: DatabaseSync): void {
  try {
    database.exec("PRAGMA journal_mode = WAL");
  } catch (error) {
    if (!isBusy(error)) throw error;
  }
  database.exec("PRAGMA synchronous = NORMAL");
}

function isBusy(error: unknown): boolean {
  return resultCode(error) === SQLITE.busy;
}

function layoutOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
}

type Statements = Readonly<Record<"insert" | "prune" | "expire" | "list" | "find", StatementSync>>;

function prepareStatements(database: DatabaseSync): Statements {
  return {
    insert: database.prepare("INSERT OR REPLACE INTO load_runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
    prune: database.prepare(
      "DELETE FROM load_runs WHERE id NOT IN (SELECT id FROM load_runs ORDER BY started_at DESC, rowid DESC LIMIT ?)",
    ),
    expire: database.prepare("DELETE FROM load_runs WHERE started_at < ?"),
    list: database.prepare(
      "SELECT id, started_at, scenario, target, verdict, seconds, messages, rate FROM load_runs " +
        "ORDER BY started_at DESC, rowid DESC LIMIT ?",
    ),
    find: database.prepare("SELECT json FROM load_runs WHERE id = ?"),
  };
}

/** In the same form, so that times are in the order of their texts. */
function before(startedAt: string, ms: number): string {
  return new Date(Date.parse(startedAt) - ms).toISOString();
}

function rowOf(run: LoadRun): (string | number)[] {
  const { id, startedAt, scenario, target, verdict, totals } = run;
  const rate = totals.seconds > 0 ? totals.messages.accepted / totals.seconds : 0;
  const messages = messagesOf(totals.messages);
  return [id, startedAt, scenario, target.name, verdict, totals.seconds, messages, rate, JSON.stringify(run)];
}

function summaryOf(row: Readonly<Record<string, unknown>>): LoadRunSummary {
  return {
    id: String(row.id),
    startedAt: String(row.started_at),
    scenario: String(row.scenario),
    target: String(row.target),
    verdict: row.verdict as Verdict,
    seconds: Number(row.seconds),
    messages: Number(row.messages),
    rate: Number(row.rate),
  };
}

function runOf(json: string, id: string, path: string): LoadRun {
  const run = JSON.parse(json) as LoadRun;
  if (run.version === LAYOUT_OF_RUN) return run;
  throw new LoadRunStoreError(
    `Run ${id} in ${path} was kept by a later version of Mailgauge (layout ${String(run.version)}).`,
    "Update Mailgauge to read it.",
  );
}

/** Result codes of SQLite: https://www.sqlite.org/rescode.html. */
const SQLITE = { perm: 3, busy: 5, readOnly: 8, corrupt: 11, full: 13, cannotOpen: 14, notDatabase: 26 };

/** Without the detail in the upper bits; 0 of what SQLite did not say. */
function resultCode(error: unknown): number {
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff;
}

/** What SQLite says, in words, and what to do about it. */
function explained(path: string, error: unknown): LoadRunStoreError {
  const { message = String(error) } = error as { message?: string };
  const say = (what: string, remedy: string) => new LoadRunStoreError(what, remedy, { cause: error });
  switch (resultCode(error)) {
    case SQLITE.notDatabase:
    case SQLITE.corrupt:
      return say(
        `${path} is no database that can be read (${message}).`,
        "Move it away, or give another file as store.path; the next run begins a new one.",
      );
    case SQLITE.busy:
      return say(
        `Another process holds ${path} for longer than 5 s.`,
        "Wait until it has ended, and try again.",
      );
    case SQLITE.full:
      return say(`The disk of ${path} is full.`, "Make room, and try again; --json keeps a run elsewhere.");
    case SQLITE.perm:
    case SQLITE.readOnly:
    case SQLITE.cannotOpen:
      return say(
        `${path} cannot be opened (${message}).`,
        "Make its folder, and let this user read and write both; or give another file as store.path.",
      );
    default:
      return say(`${path} cannot be used: ${message}.`, "Move it away, or give another file as store.path.");
  }
}
