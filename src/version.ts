import { readFileSync } from "node:fs";

/** The package's own version; package.json stands one folder above `src`, two above `dist/src`. */
export function packageVersion(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      return (JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as { version: string })
        .version;
    } catch {
      // The other place holds it.
    }
  }
  return "0.0.0";
}
