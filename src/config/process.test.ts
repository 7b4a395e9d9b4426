import { describe, expect, it } from "vitest";
import { fakeProbes } from "../../test/config/fake-probes.ts";
import { parseConfig } from "./load.ts";

const deps = { probes: fakeProbes, env: {}, readFile: () => "value", machineHelo: () => "probe.test" };

function good(text: string) {
  const result = parseConfig(text, "/etc/mailgauge/m.yml", deps);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

describe("the process", () => {
  it("has defaults for everything", () => {
    const { defaults, resolver, limits, server, store, log, loadtest } = good("{}");
    expect({ defaults, resolver, limits, server, store, log, loadtest }).toEqual({
      defaults: { intervalMs: 60_000, timeoutMs: 15_000, helo: "probe.test" },
      resolver: {}, // the resolver's own, which follow the system's
      limits: { concurrency: 200, perDestination: 4 },
      server: { host: "127.0.0.1", port: 9825, unrestrictedProbeTargets: false },
      store: undefined,
      log: { level: "info" }, // the format follows standard error
      loadtest: { owned: [], sinkDomains: [] },
    });
  });

  it.each([
    ["127.0.0.1:9825", "127.0.0.1", 9825],
    [":9825", "", 9825], // all addresses
    ["[::1]:0", "::1", 0], // any free port
    ["localhost:80", "localhost", 80],
  ])("listens on %s", (listen, host, port) => {
    expect(good(`server: { listen: "${listen}" }`).server).toMatchObject({ host, port });
  });

  it("takes paths from the folder of the file", () => {
    const { server, store } = good("server: { web_config: web.yml }\nstore: { path: ../db, retention: 1d }");
    expect(server.webConfig).toBe("/etc/mailgauge/web.yml");
    expect(store).toEqual({ path: "/etc/db", retentionMs: 86_400_000 });
  });

  it("has modules with the options that their probes read", () => {
    const { modules } = good(
      "modules: { deep: { probe: smtp, depth: auth, timeout: 20s }, bl: { probe: blocklist } }\nblocklists: [{ zone: bl.example.org }]",
    );
    expect(modules.get("deep")).toMatchObject({
      name: "deep",
      probe: "smtp",
      options: { depth: "auth" },
      timeoutMs: 20_000,
    });
    expect(modules.get("bl")).toMatchObject({
      options: { lists: [{ zone: "bl.example.org" }] },
      timeoutMs: 15_000,
    });
  });

  it("keeps mailboxes and routes", () => {
    const { mailboxes, routes } = good(`
relays: [{ name: eu, url: "smtp://a.example.com" }]
mailboxes: [{ name: seed, address: seed@example.net, url: "imaps://imap.example.net", auth: { username: u, password: x } }]
routes: [{ name: r, relay: eu, mailbox: seed, labels: { a: b } }]
`);
    expect(mailboxes).toMatchObject([
      { name: "seed", scheme: "imaps", host: "imap.example.net", port: 993, tls: { verify: true } },
    ]);
    expect(routes).toEqual([{ kind: "route", name: "r", relay: "eu", mailbox: "seed", labels: { a: "b" } }]);
  });
});
