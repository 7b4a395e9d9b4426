import { existsSync } from "node:fs";
import { type LoadRunStore, openLoadRunStore } from "./load-runs.ts";

export type LoadRunReader = Pick<LoadRunStore, "last" | "byId">;

/**
 * Reads the load tests that other processes keep. The file is opened for each question: it may be made, moved or
 * replaced at any time, and a process that only looks must neither make it nor hold on to it. While it does not exist
 * there are no load tests. `path` is asked each time, since a reload may change it.
 */
export function createLoadRunReader(path: () => string | undefined): LoadRunReader {
  function ask<T>(otherwise: T, question: (store: LoadRunStore) => T): T {
    const file = path();
    if (file === undefined || !existsSync(file)) return otherwise;
    const store = openLoadRunStore(file, { readOnly: true });
    try {
      return question(store);
    } finally {
      store.close();
    }
  }
  return {
    last: (limit) => ask([], (store) => store.last(limit)),
    byId: (id) => ask(undefined, (store) => store.byId(id)),
  };
}
