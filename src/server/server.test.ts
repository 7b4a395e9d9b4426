import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { connect, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PeerCertificate, TLSSocket } from "node:tls";
import { hashSync } from "bcryptjs";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { cannedDeps, cannedPanel, NOW, observationOf, PASSING } from "../../test/browser/canned.ts";
import { type Certificates, type KeyAndChain, makeCertificates } from "../lab/certificates.ts";
import type { Observation } from "../model/observation.ts";
import type { Observe } from "../model/probe.ts";
import { createServer, parseListen, type RunningServer } from "./server.ts";
import type { ServerDeps } from "./types.ts";

let folder: string;
let certificates: Certificates;
const servers: RunningServer[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mailgauge-server-"));
  certificates = await makeCertificates(["localhost"]);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(webConfig?: string, overrides: Partial<ServerDeps> = {}): Promise<RunningServer> {
  const path = join(folder, "web.yml");
  if (webConfig !== undefined) await writeFile(path, webConfig);
  const server = await createServer({
    listen: "127.0.0.1:0",
    deps: cannedDeps(overrides),
    ...(webConfig === undefined ? {} : { webConfig: path }),
  });
  servers.push(server);
  return server;
}

async function writePair(name: string, { key, cert }: KeyAndChain): Promise<void> {
  await writeFile(join(folder, `${name}.key`), key);
  await writeFile(join(folder, `${name}.crt`), cert);
}

interface Answer {
  readonly status: number;
  readonly certificate: PeerCertificate;
}

/** One request over a connection of its own. */
function ask(server: RunningServer, client: Partial<KeyAndChain> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { ca: certificates.ca, servername: "localhost", agent: false, ...client };
    const asked = request(`${server.url}/-/healthy`, options, (answer) => {
      const certificate = (answer.socket as TLSSocket).getPeerCertificate();
      answer.resume();
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, certificate }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

describe("the address to listen on", () => {
  it.each([
    ["127.0.0.1:9825", { host: "127.0.0.1", port: 9825 }],
    ["[::1]:0", { host: "::1", port: 0 }],
    [":9825", { host: "", port: 9825 }],
    ["localhost:80", { host: "localhost", port: 80 }],
  ])("%s", (listen, expected) => {
    expect(parseListen(listen)).toEqual(expected);
  });

  it.each(["9825", "host", "host:", "host:99999", "::1:80", ""])("%j is none", (listen) => {
    expect(() => parseListen(listen)).toThrow(RangeError);
  });
});

describe("the server", () => {
  it("answers on a port of its own, and no more after close", async () => {
    const server = await start();
    expect((await fetch(`${server.url}/-/healthy`)).status).toBe(200);
    await server.close();
    await server.close();
    await expect(fetch(`${server.url}/-/healthy`)).rejects.toThrow();
  });

  it.each([
    ["/lab/reset", 303],
    ["/lab/faults/refuse", 303],
    ["/lab/faults/nonsense", 404],
  ])("takes a POST without a body to %s", async (path, status) => {
    const server = await start(undefined, { panel: cannedPanel() });
    const answer = await fetch(`${server.url}${path}`, { method: "POST", redirect: "manual" });
    expect(answer.status).toBe(status);
  });

  it("rejects when the address is taken", async () => {
    const { host, port } = await start();
    const second = createServer({ listen: `${host}:${port}`, deps: cannedDeps() });
    await expect(second).rejects.toThrow("EADDRINUSE");
  });

  it("survives an error of its socket, such as no file handles left", async () => {
    const listen = vi.spyOn(Server.prototype, "listen");
    onTestFinished(() => listen.mockRestore());
    const errors: unknown[] = [];
    const server = await start(undefined, { onError: (error) => errors.push(error) });
    const socketServer = listen.mock.contexts[0] as Server;
    socketServer.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }));
    expect(errors).toMatchObject([{ code: "EMFILE" }]);
    expect((await fetch(`${server.url}/-/healthy`)).status).toBe(200);
  });

  it("closes though a client holds a connection open and says nothing", async () => {
    const server = await start();
    const socket = connect(server.port, server.host);
    await new Promise((resolve) => socket.once("connect", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.resume();
    await server.close();
    await closed;
  });

  it("aborts the probe under way when it closes, and its answer still goes out", async () => {
    const started = Promise.withResolvers<void>();
    const observe: Observe = (job, options) => {
      const answer = Promise.withResolvers<Observation>();
      options?.signal?.addEventListener("abort", () => answer.resolve(observationOf(job, NOW, PASSING)));
      started.resolve();
      return answer.promise;
    };
    const server = await start(undefined, { observe });
    const answer = fetch(`${server.url}/probe?target=relay-eu&module=submission`);
    await started.promise;
    await server.close();
    expect((await answer).status).toBe(200);
  });

  it("aborts the probe when its client goes away", async () => {
    const aborted = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const observe: Observe = (job, options) => {
      const answer = Promise.withResolvers<Observation>();
      options?.signal?.addEventListener("abort", () => {
        aborted.resolve();
        answer.resolve(observationOf(job, NOW, PASSING));
      });
      started.resolve();
      return answer.promise;
    };
    const server = await start(undefined, { observe });
    const client = new AbortController();
    const gone = fetch(`${server.url}/probe?target=relay-eu&module=submission`, { signal: client.signal });
    await started.promise;
    client.abort();
    await expect(gone).rejects.toThrow();
    await expect(aborted.promise).resolves.toBeUndefined();
  });
});

describe("TLS by a web configuration file", () => {
  const WEB = "tls_server_config: { cert_file: server.crt, key_file: server.key";

  it("serves, and takes a new certificate at a reload", async () => {
    await writePair("server", await certificates.get("good"));
    const server = await start(`${WEB} }`, { reload: () => server.reloadWebConfig() });
    expect(server.url).toMatch(/^https:/);
    const before = await ask(server);
    expect(before.status).toBe(200);
    await writePair("server", await certificates.get("rsa"));
    const headers = { "Content-Type": "text/plain" };
    expect((await server.app.request("/-/reload", { method: "POST", headers })).status).toBe(200);
    const after = await ask(server);
    expect(after.certificate.fingerprint256).not.toBe(before.certificate.fingerprint256);
  });

  it("keeps the old certificate when the new one is bad, and says why", async () => {
    await writePair("server", await certificates.get("good"));
    const server = await start(`${WEB} }`);
    await writeFile(join(folder, "server.crt"), "nonsense");
    const result = await server.reloadWebConfig();
    expect(result.ok).toBe(false);
    expect(result.problems.join()).toContain("tls_server_config");
    expect((await ask(server)).status).toBe(200);
  });

  it("does not switch TLS off at a reload", async () => {
    await writePair("server", await certificates.get("good"));
    const server = await start(`${WEB} }`);
    await writeFile(join(folder, "web.yml"), "");
    expect(await server.reloadWebConfig()).toEqual({
      ok: false,
      problems: ["switching TLS or client certificates on or off needs a restart"],
    });
    expect((await ask(server)).status).toBe(200);
  });

  it("asks for a client certificate of its authority", async () => {
    await writePair("server", await certificates.get("good"));
    await writeFile(join(folder, "ca.crt"), certificates.ca);
    const server = await start(
      `${WEB}, client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert }`,
    );
    expect((await ask(server, await certificates.client("prometheus"))).status).toBe(200);
    await expect(ask(server)).rejects.toThrow();
    const stranger = await makeCertificates(["localhost"]);
    await expect(ask(server, await stranger.client("prometheus"))).rejects.toThrow();
  });

  it("refuses to start with a bad file", async () => {
    await expect(start("basic_auth_users: { a: b }")).rejects.toThrow("is not a bcrypt hash");
  });
});

describe("users and headers by a web configuration file", () => {
  it("guard everything, and change at a reload", async () => {
    const server = await start(`basic_auth_users: { prometheus: "${hashSync("one", 4)}" }`);
    const headers = { Authorization: `Basic ${btoa("prometheus:one")}` };
    for (const path of ["/", "/metrics", "/-/healthy", "/api/v1/targets", "/assets/style.css"]) {
      expect((await fetch(server.url + path)).status, path).toBe(401);
      expect((await fetch(server.url + path, { headers })).status, path).toBe(200);
    }
    await writeFile(join(folder, "web.yml"), `basic_auth_users: { prometheus: "${hashSync("two", 4)}" }`);
    expect(await server.reloadWebConfig()).toEqual({ ok: true, problems: [] });
    expect((await fetch(`${server.url}/metrics`, { headers })).status).toBe(401);
  });

  it("replace ours, an empty one takes it away", async () => {
    const server = await start(
      'http_server_config: { headers: { X-Frame-Options: sameorigin, Content-Security-Policy: "" } }',
    );
    const { headers } = await fetch(server.url);
    expect(headers.get("X-Frame-Options")).toBe("sameorigin");
    expect(headers.get("Content-Security-Policy")).toBeNull();
  });

  it("limit the rate", async () => {
    const server = await start("rate_limit: { interval: 1h, burst: 2 }");
    const statuses: number[] = [];
    for (let request = 0; request < 3; request += 1) statuses.push((await fetch(server.url)).status);
    expect(statuses).toEqual([200, 200, 429]);
  });
});
