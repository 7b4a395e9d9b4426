#!/usr/bin/env node
/**
 * Writes the pages that follow from the code. With `--check`: writes nothing, exit status 1 when a page is not what
 * would be written.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { causesPage } from "./causes-page.ts";
import { configPage } from "./config-page.ts";

const PAGES: Readonly<Record<string, () => string>> = {
  "docs/configuration.md": configPage,
  "docs/causes.md": causesPage,
};

for (const [file, page] of Object.entries(PAGES)) {
  const text = page();
  const current = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (current === text) continue;
  if (process.argv.includes("--check")) {
    console.error(`${file} is not what the code says; run: make docs`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    console.log(`wrote ${file}`);
  }
}
