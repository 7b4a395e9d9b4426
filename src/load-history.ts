import { existsSync, readFileSync } from "node:fs";
import { CliError, EXIT } from "./cli/exit.ts";
import type { Loadtests } from "./cli/services.ts";
import type { Config } from "./config/index.ts";
import type { LoadRun } from "./model/load-run.ts";
import { loadRunSchema } from "./server/api/load-run-schemas.ts";
import { type LoadRunStore, LoadRunStoreError, openLoadRunStore } from "./store/load-runs.ts";

/** More than a store keeps. */
const ALL = 10_000;

/** Runs of load tests as they are kept: in the database that the command line names, else in the configured store. */
export function loadHistory(config: Config | undefined): Pick<Loadtests, "runs" | "earlier" | "keep"> {
  const pathOf = (given: string | undefined): string | undefined => given ?? config?.store?.path;
  return {
    runs: (given) => {
      const path = pathOf(given);
      if (path === undefined)
        throw new CliError(
          "no store is named, so no run is kept",
          EXIT.usage,
          "Give --store FILE, or `store: { path: FILE }` in the configuration.",
        );
      return usingStore(path, { readOnly: true }, (store) => store.last(ALL));
    },
    earlier: (reference, given) => {
      const path = pathOf(given);
      const kept =
        path === undefined || !existsSync(path)
          ? undefined
          : usingStore(path, { readOnly: true }, (store) => store.byId(reference));
      return kept ?? runOfFile(reference, path);
    },
    keep: (run, given) => {
      const path = pathOf(given);
      if (path === undefined) return;
      // How long a run is kept is said of the configured store, and of no other file.
      const { store } = config ?? {};
      const options = store?.path === path ? { retentionMs: store.retentionMs } : {};
      usingStore(path, options, (database) => database.add(run), "the run is not kept: ");
    },
  };
}

function usingStore<T>(
  path: string,
  options: Parameters<typeof openLoadRunStore>[1],
  use: (store: LoadRunStore) => T,
  prefix = "",
): T {
  try {
    const store = openLoadRunStore(path, options);
    try {
      return use(store);
    } finally {
      store.close();
    }
  } catch (error) {
    if (!(error instanceof LoadRunStoreError)) throw error;
    throw new CliError(`${prefix}${error.message}`, EXIT.unknown, error.remedy);
  }
}

function runOfFile(reference: string, store: string | undefined): LoadRun {
  const hint =
    store === undefined
      ? "Name a file that --json has written; for the id of a kept run give --store FILE too."
      : `Name a file that --json has written, or the id of a run in ${store}: mailgauge loadtest --runs`;
  const refused = (why: string): CliError => new CliError(`${reference} ${why}`, EXIT.usage, hint);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(reference, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw refused(
      `cannot be read: ${code === "ENOENT" ? "there is no such run, and no such file" : message}`,
    );
  }
  const run = loadRunSchema.safeParse(value);
  if (run.success) return value as LoadRun;
  const [issue] = run.error.issues;
  const place =
    issue === undefined || issue.path.length === 0 ? "" : `: ${issue.path.join(".")}: ${issue.message}`;
  throw refused(`is no run that this version knows${place}`);
}
