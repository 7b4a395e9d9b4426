import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { compareRuns } from "../../src/loadtest/compare.ts";
import type { LoadRun } from "../../src/model/load-run.ts";
import { loadRunHtml } from "../../src/reports/load-html.ts";
import { createServer } from "../../src/server/server.ts";
import { openLoadRunStore } from "../../src/store/load-runs.ts";
import { createLoadRunReader } from "../../src/store/load-run-reader.ts";
import { brokenRun, capacityRun, steadyRun } from "../support/load-run.ts";
import { cannedDeps } from "./canned.ts";
import { axe, complaintsOf, launch, overflow, shoot } from "./chromium.ts";

let browser: Browser;
let folder: string;

beforeAll(async () => {
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), "mailgauge-report-"));
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

interface Opened {
  readonly page: Page;
  readonly complaints: string[];
  readonly requests: string[];
}

/** As somebody opens the file that was mailed to them. */
async function open(html: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const file = join(folder, "report.html");
  writeFileSync(file, html);
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  const requests: string[] = [];
  page.on("request", (request) => void requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, complaints, requests };
}

/** Colours on each canvas: one of which nothing was drawn has one, transparent. */
function colours(page: Page): Promise<unknown> {
  return page.evaluate(`Array.from(document.querySelectorAll("canvas"), (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })`);
}

const COMPARISON = compareRuns(steadyRun({ id: "before01", seed: 9, latency: 6 }), steadyRun());

const REPORTS: readonly (readonly [string, string, number])[] = [
  ["capacity", loadRunHtml(capacityRun()), 6],
  ["comparison", loadRunHtml(steadyRun(), COMPARISON), 5],
  ["broken", loadRunHtml(brokenRun()), 4],
];

describe("the HTML report of a load test", () => {
  const looks = REPORTS.flatMap((report) =>
    (
      [
        ["light", 1200],
        ["dark", 1200],
        ["light", 400],
        ["dark", 400],
      ] as const
    ).map((look) => [...report, ...look] as const),
  );

  it.each(looks)(
    "%s: draws its charts, pleases axe, asks nobody",
    async (name, html, charts, colorScheme, width) => {
      const { page, complaints, requests } = await open(html, {
        colorScheme,
        viewport: { width, height: 900 },
      });
      const drawn = (await colours(page)) as number[];
      expect(drawn).toHaveLength(charts);
      for (const count of drawn) expect(count).toBeGreaterThan(8);
      expect(await page.locator("canvas[role=img][aria-label]").count()).toBe(charts);
      expect(await axe(page)).toEqual([]);
      await shoot(page, `load-report-${name}-${colorScheme}-${width}`);
      expect(await overflow(page)).toBe(0);
      expect(complaints).toEqual([]);
      expect(requests).toHaveLength(1);
    },
  );

  it("gives the figures under the pointer, in all charts over time at once", async () => {
    const { page, complaints } = await open(loadRunHtml(capacityRun()));
    await page.locator("#chart-throughput .u-over").hover({ position: { x: 200, y: 60 } });
    const values = page.locator("#chart-latency .u-legend .u-value");
    const text = await values.allTextContents();
    expect(text).toHaveLength(5);
    for (const value of text.slice(1)) expect(value).toMatch(/^[\d.]+ (?:µs|ms|s)$/);
    expect(complaints).toEqual([]);
  });

  it("is drawn again in the dark, and as wide as the window", async () => {
    const { page, complaints } = await open(loadRunHtml(steadyRun()), { colorScheme: "light" });
    const shot = () => page.locator("#chart-latency canvas").screenshot();
    const light = await shot();
    await page.evaluate("window.before = document.querySelector('#chart-latency canvas')");
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(() => page.evaluate("window.before.isConnected")).toBe(false);
    expect((await shot()).equals(light)).toBe(false);
    expect(await page.locator("canvas").count()).toBe(5);
    await page.setViewportSize({ width: 400, height: 900 });
    const narrow = "document.querySelector('#chart-latency canvas').clientWidth < 400";
    await expect.poll(() => page.evaluate(narrow)).toBe(true);
    expect(await overflow(page)).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("says everything that matters without JavaScript", async () => {
    const { page } = await open(loadRunHtml(capacityRun()), { javaScriptEnabled: false });
    expect(await page.locator("h1").innerText()).toContain("Sustains 2,000 messages/s");
    expect(await page.locator("#capacity noscript").innerText()).toContain("accepted/s 500 to 2,141");
    expect(await page.locator("#phases tbody tr").count()).toBe(9);
  });

  it("runs no script that a relay sent", async () => {
    const run = steadyRun();
    const hostile = `</script><script>document.title = "owned"</script><img src=x onerror="document.title = 'owned'">`;
    const replies = [{ phase: hostile, code: 550, enhanced: hostile, count: 1 }];
    const html = loadRunHtml({
      ...run,
      parameters: { [hostile]: hostile },
      totals: { ...run.totals, replies },
    });
    const { page, complaints, requests } = await open(html);
    expect(await page.title()).toBe("throughput · relay-eu · Mailgauge load test");
    expect(complaints).toEqual([]);
    expect(requests).toHaveLength(1);
  });
});

describe("the load tests of the daemon", () => {
  it("lead from the status page to the report", async () => {
    const path = join(folder, "mailgauge.db");
    const store = openLoadRunStore(path);
    const runs: readonly LoadRun[] = [steadyRun(), capacityRun(), brokenRun()];
    for (const run of runs) store.add(run);
    store.close();
    const deps = cannedDeps({ loadRuns: createLoadRunReader(() => path) });
    const server = await createServer({ listen: "127.0.0.1:0", deps });
    try {
      const page = await (await browser.newContext()).newPage();
      const complaints = complaintsOf(page);
      await page.goto(server.url);
      expect(await axe(page)).toEqual([]);
      await shoot(page, "status-page-load-tests");
      await page.getByRole("link", { name: "capacity" }).click();
      await page.getByRole("heading", { name: "Sustains 2,000 messages/s" }).waitFor();
      expect(await colours(page)).toHaveLength(6);
      expect(complaints).toEqual([]);
    } finally {
      await server.close();
    }
  });
});
