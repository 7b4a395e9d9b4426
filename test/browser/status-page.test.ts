import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createServer, type RunningServer } from "../../src/server/server.ts";
import type { ServerDeps } from "../../src/server/types.ts";
import { createRecentStore } from "../../src/store/recent.ts";
import { cannedDeps, cannedPanel, cannedStore, FAILING, JOBS, NOW, observationOf } from "./canned.ts";
import { axe, complaintsOf, launch, overflow, shoot } from "./chromium.ts";

let browser: Browser;
const servers: RunningServer[] = [];

beforeAll(async () => {
  browser = await launch();
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  for (const server of servers.splice(0)) await server.close();
});

afterAll(() => browser.close());

interface Opened {
  readonly page: Page;
  /** What the console, the page and the network complained of. */
  readonly complaints: string[];
}

async function open(
  overrides: Partial<ServerDeps> = {},
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const server = await createServer({ listen: "127.0.0.1:0", deps: cannedDeps(overrides) });
  servers.push(server);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto(server.url);
  return { page, complaints };
}

describe("the status page", () => {
  it.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 400],
    ["dark", 400],
  ] as const)(
    "has nothing that axe finds, %s at %i px, and no complaint of the browser",
    async (colorScheme, width) => {
      const { page, complaints } = await open({}, { colorScheme, viewport: { width, height: 800 } });
      await page.locator("article.fail summary").click();
      expect(await axe(page)).toEqual([]);
      await shoot(page, `status-page-${colorScheme}-${width}`);
      expect(await overflow(page)).toBe(0);
      expect(complaints).toEqual([]);
    },
  );

  it("says verdict, cause and remedy in words, the worst first", async () => {
    const { page } = await open();
    expect(await page.locator("h1").innerText()).toBe("1 of 10 checks failing, 1 unknown");
    const first = page.locator("article").first();
    expect(await first.innerText()).toContain("The certificate of the server has expired.");
    expect(await first.innerText()).toContain("Renew the certificate of partner-gateway.example.com");
    expect(await first.innerText()).toContain("Failing");
    expect(await first.locator(".phase-bar").getAttribute("aria-label")).toContain(
      "tls 172 ms (tls_certificate)",
    );
    expect(await first.locator(".strip").getAttribute("aria-label")).toBe(
      "Last 40 runs: 36 pass, 1 warn, 3 fail; the latest: fail",
    );
    expect(await page.title()).toBe("(2) Mailgauge");
  });

  it("works without JavaScript: details, filter, and it asks to be loaded again", async () => {
    const { page, complaints } = await open({}, { javaScriptEnabled: false });
    await page.locator("article.fail summary").click();
    expect(await page.locator("article.fail .facts").first().isVisible()).toBe(true);
    expect(await page.locator("noscript meta, meta[http-equiv=refresh]").count()).toBe(1);
    await page.locator("#q").fill("relay-eu");
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    const names = await page.locator("article h3").allTextContents();
    expect(names.map((name) => name.trim())).toEqual(["relay-eu smtp", "relay-eu tls"]);
    await page.locator("#tile-fail").click();
    expect(await page.locator("article").count()).toBe(0);
    expect(await page.locator(".empty").innerText()).toContain("No check fits");
    expect(complaints).toEqual([]);
  });

  it("refreshes itself, and keeps what is open, what is typed and where the focus is", async () => {
    const recent = cannedStore();
    const { page, complaints } = await open({ recent, panel: cannedPanel() });
    const [job] = JOBS;
    if (job === undefined) throw new Error("no job");
    await page.locator("article.warn summary").click();
    await page.locator("#tile-warn").focus();
    recent.add(job, observationOf(job, NOW, FAILING));
    await page.getByRole("heading", { name: "2 of 10 checks failing, 1 unknown" }).waitFor();
    expect(await page.locator("article.warn details").getAttribute("open")).not.toBeNull();
    expect(await page.evaluate("document.activeElement.id")).toBe("tile-warn");
    expect(await page.title()).toBe("(3) Mailgauge");
    expect(complaints).toEqual([]);
  });

  it("says so when the server is gone", async () => {
    const { page } = await open({ panel: cannedPanel() });
    await servers.pop()?.close();
    await page.getByText("Connection lost").waitFor();
    expect(await page.locator("html.lost").count()).toBe(1);
  });

  it("shows an empty configuration and a first minute without results", async () => {
    const { page } = await open({ jobs: () => [] });
    expect(await page.locator("h1").innerText()).toBe("Nothing is watched yet");
    expect(await axe(page)).toEqual([]);
    const waiting = await open({ recent: createRecentStore() });
    expect(await waiting.page.locator("h1").innerText()).toBe("Waiting for the first runs");
    expect(await axe(waiting.page)).toEqual([]);
  });
});

describe("the panel of the demo", () => {
  it.each(["light", "dark"] as const)("breaks and repairs, %s", async (colorScheme) => {
    const { page, complaints } = await open({ panel: cannedPanel() }, { colorScheme });
    await page.locator("#group-connection summary").click();
    await page.locator("#fault-refuse").click();
    await page.locator("#repair-refuse").waitFor();
    expect(await page.locator("#fault-refuse").getAttribute("aria-pressed")).toBe("true");
    expect(await page.locator("#group-connection").getAttribute("open")).not.toBeNull();
    expect(await axe(page)).toEqual([]);
    await shoot(page, `status-page-panel-${colorScheme}`);
    await page.locator("#lab-reset").click();
    await page.locator("#repair-refuse").waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  });

  it("works without JavaScript, and says what is wrong with a value", async () => {
    const { page } = await open({ panel: cannedPanel() }, { javaScriptEnabled: false });
    await page.locator("#group-connection summary").click();
    await page.locator("#fault-slow-delayMs").fill("soon");
    await page.locator("#fault-slow").click();
    expect(await page.getByRole("alert").innerText()).toBe(
      "Slow phase: the delay is not a number of milliseconds",
    );
    await page.locator("#group-connection summary").click();
    await page.locator("#fault-slow").click();
    expect(await page.locator("#repair-slow").count()).toBe(1);
    await page.locator("#lab-reset").click();
    expect(await page.locator("#repair-slow").count()).toBe(0);
  });
});
