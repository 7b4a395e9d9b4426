import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import {
  createServer as createHttpsServer,
  type Server as HttpsServer,
  type ServerOptions,
} from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { createApp } from "./app.ts";
import type { ReloadResult, ServerDeps } from "./types.ts";
import { acceptsClient } from "./web-config/client-certificate.ts";
import { openWebLayer, type WebLayer } from "./web-config/layer.ts";
import { WebConfigError, type WebTls } from "./web-config/load.ts";

/** Time in which a request must have arrived, and its headers; a probe may take longer to answer it. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 1024;
/** What an answer under way has left when the server stops. */
const STOP_GRACE_MS = 2000;

export interface ServerOptionsOfOurs {
  /** `127.0.0.1:9825`, `[::1]:9825`, `:9825` for all addresses; port 0 for any that is free. */
  readonly listen: string;
  /** Path of a web configuration file: TLS, users, headers, rate limit. */
  readonly webConfig?: string;
  readonly deps: ServerDeps;
}

export interface RunningServer {
  /** Where it can be reached from this machine. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** For tests and for whoever wants an answer without a connection. */
  readonly app: Hono;
  /** Reads the web configuration file again; a bad one keeps the old. */
  reloadWebConfig(): Promise<ReloadResult>;
  /** Takes no more connections, aborts the probes under way, ends. Idempotent. */
  close(): Promise<void>;
}

/** Listens. Rejects when the address is taken and, with `WebConfigError`, when the web configuration is bad. */
export async function createServer({ listen, webConfig, deps }: ServerOptionsOfOurs): Promise<RunningServer> {
  const { host, port } = parseListen(listen);
  const web = await openWebLayer(webConfig);
  const stopping = new AbortController();
  const isTls = web.config().tls !== undefined;
  let server: Server | HttpsServer | undefined;
  const reloadWebConfig = () => reloadWeb(web, server);
  const app = createApp({
    deps,
    web,
    stopping: stopping.signal,
    reload: deps.reload,
  });
  const answers = new Answers();
  const running = openSocketServer(app, web, answers);
  server = running;
  try {
    await listening(running, host, port);
  } catch (error) {
    await web.stop();
    throw error;
  }
  // Such as a connection that could not be accepted: without a listener Node would end the process.
  running.on("error", (error) => deps.onError?.(error));
  const address = running.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    url: `${isTls ? "https" : "http"}://${reachableHost(address)}:${address.port}`,
    host: address.address,
    port: address.port,
    app,
    reloadWebConfig,
    close: () => (closed ??= closeAll(running, web, stopping, answers)),
  };
}

/** Host (empty: all addresses) and port. Throws `RangeError`. */
export function parseListen(listen: string): { readonly host: string; readonly port: number } {
  const [, v6, name, digits] = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(listen) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) {
    throw new RangeError(`"${listen}" is not an address to listen on; write one such as 127.0.0.1:9825`);
  }
  return { host: v6 ?? name ?? "", port };
}

function openSocketServer(app: Hono, web: WebLayer, answers: Answers): Server | HttpsServer {
  const { tls } = web.config();
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    answers.add(outgoing);
    void listener(incoming, outgoing);
  };
  const options: ServerOptions = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const server =
    tls === undefined
      ? createHttpServer(options, handle)
      : createHttpsServer(
          {
            ...options,
            ...tls.context,
            handshakeTimeout: HEADERS_TIMEOUT_MS,
            requestCert: asksForCertificate(tls) === true,
            // Which certificate will do is decided below, by the policy in force.
            rejectUnauthorized: false,
          },
          handle,
        );
  server.maxConnections = MAX_CONNECTIONS;
  server.prependListener("secureConnection", (socket: TLSSocket) => {
    const policy = web.config().tls;
    if (policy !== undefined && !acceptsClient(socket, policy)) socket.destroy();
  });
  return server;
}

function listening(server: Server | HttpsServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, ...(host === "" ? {} : { host }) }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function reloadWeb(web: WebLayer, server: Server | HttpsServer | undefined): Promise<ReloadResult> {
  try {
    const result = await web.reload((next, before) =>
      asksForCertificate(next.tls) === asksForCertificate(before.tls)
        ? undefined
        : "switching TLS or client certificates on or off needs a restart",
    );
    const { tls } = web.config();
    if (tls !== undefined && server !== undefined && "setSecureContext" in server) {
      server.setSecureContext(tls.context);
    }
    return result;
  } catch (error) {
    if (error instanceof WebConfigError) return { ok: false, problems: error.problems };
    throw error;
  }
}

/** `undefined` without TLS: these two are settled when the server begins to listen. */
function asksForCertificate(tls: WebTls | undefined): boolean | undefined {
  return tls === undefined ? undefined : tls.clientAuth !== "NoClientCert";
}

/** Answers that are on their way. */
class Answers {
  #underWay = 0;
  #onIdle: (() => void) | undefined;

  add(outgoing: ServerResponse): void {
    this.#underWay += 1;
    outgoing.once("close", () => {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#onIdle?.();
    });
  }

  /** Resolves when none is left, or after the grace. */
  async settled(graceMs: number): Promise<void> {
    if (this.#underWay === 0) return;
    const idle = Promise.withResolvers<void>();
    this.#onIdle = idle.resolve;
    const grace = setTimeout(idle.resolve, graceMs);
    await idle.promise;
    clearTimeout(grace);
  }
}

async function closeAll(
  server: Server | HttpsServer,
  web: WebLayer,
  stopping: AbortController,
  answers: Answers,
): Promise<void> {
  stopping.abort();
  const ended = new Promise<void>((resolve) => server.close(() => resolve()));
  await answers.settled(STOP_GRACE_MS);
  // What is left are connections that wait for a next request, or that never sent one.
  server.closeAllConnections();
  await ended;
  await web.stop();
}

function reachableHost({ address, family }: AddressInfo): string {
  if (address === "0.0.0.0" || address === "::") return "localhost";
  return family === "IPv6" ? `[${address}]` : address;
}
