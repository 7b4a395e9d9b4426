import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A program of this project: the one that a checkout has built below `packageFolder`, else the one in PATH. */
export function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  packageFolder: string,
): string | undefined {
  const folders = [join(packageFolder, ".cache/bin"), ...(env.PATH ?? "").split(delimiter)];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
