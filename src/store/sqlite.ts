import type * as Sqlite from "node:sqlite";

/**
 * SQLite of Node. Some versions of it print an ExperimentalWarning when the module is loaded, between the lines of a
 * report: that one is left out, and every other passes.
 */
export function loadSqlite(): typeof Sqlite {
  const own = Object.getOwnPropertyDescriptor(process, "emitWarning");
  const emit = process.emitWarning.bind(process);
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (String(warning).includes("SQLite is an experimental feature")) return;
    Reflect.apply(emit, process, [warning, ...rest]);
  };
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    if (own !== undefined) Object.defineProperty(process, "emitWarning", own);
  }
}
