import { mkdirSync } from "node:fs";
import { join } from "node:path";
import axeCore from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

const SHOTS = join(import.meta.dirname, "../../test-output");

/** Quiet: a browser that phones home is a browser that fails where there is no network. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launch(): Promise<Browser> {
  mkdirSync(SHOTS, { recursive: true });
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/** What the console, the page and the network complain of from now on. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => void complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => void complaints.push(`error: ${error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  return complaints;
}

/** Violations of axe, each with what it is about. The policy of the page forbids injected scripts, hence `evaluate`. */
export async function axe(page: Page): Promise<string[]> {
  await page.evaluate(axeCore.source);
  const run = "axe.run(document, { resultTypes: ['violations'] })";
  const { violations, passes } = (await page.evaluate(run)) as {
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
    passes: { id: string }[];
  };
  // A run that looked at nothing has no violations either.
  expect(passes.map(({ id }) => id)).toEqual(expect.arrayContaining(["color-contrast", "document-title"]));
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html}: ${node.failureSummary}`),
  );
}

/** Pixels by which the page is wider than its window. */
export function overflow(page: Page): Promise<unknown> {
  return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}

export async function shoot(page: Page, name: string): Promise<void> {
  const bytes = await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
  expect(bytes.length).toBeGreaterThan(10_000);
}
