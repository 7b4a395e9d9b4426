import { randomBytes } from "node:crypto";
import type { DnsType } from "../../model/dns.ts";
import { extendedErrorName } from "../../standards/dns/extended-errors.ts";
import { formatServerAddress, type ServerAddress } from "../../standards/dns/server-address.ts";
import type { Exchange, Query, Transport } from "./exchange.ts";
import type { ServerHealth } from "./server-health.ts";
import { encodeQuery, randomiseCase, RCODE, type ExtendedError, type Reply } from "./wire.ts";

/** Longest wait for one server, milliseconds, however often the timeout has doubled. */
const TIMEOUT_MAX_MS = 10_000;

/** No server gave an answer: what the one with most to say said. */
export interface Failure {
  readonly status: "servfail" | "refused" | "timeout" | "malformed";
  readonly detail: string;
  readonly server?: string;
  readonly extendedErrors: readonly ExtendedError[];
}

export interface Asked {
  readonly reply: Reply;
  readonly server: string;
}

export interface Asker {
  readonly udp: Transport;
  readonly tcp: Transport;
  readonly health: ServerHealth;
  /** Milliseconds for the first attempt at each server; doubles with each round. */
  readonly timeoutMs: number;
  /** Rounds over the servers that stayed silent. */
  readonly attempts: number;
  readonly case0x20: boolean;
}

function makeQuery(name: string, type: DnsType, case0x20: boolean, edns: boolean): Query {
  const asked = case0x20 ? randomiseCase(name, coin()) : name;
  return { name: asked, type, exactCase: case0x20, bytes: encodeQuery(asked, type, edns) };
}

/** One random bit a call. */
function coin(): () => boolean {
  const bytes = randomBytes(32);
  let bit = 0;
  return () => {
    const byte = bytes[(bit >> 3) % bytes.length] ?? 0;
    return ((byte >> (bit++ & 7)) & 1) === 1;
  };
}

/** One attempt at one server: over TCP when the answer was cut, without EDNS when the server cannot read it. */
async function exchangeOnce(
  asker: Asker,
  server: ServerAddress,
  [name, type]: readonly [string, DnsType],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Exchange> {
  let query = makeQuery(name, type, asker.case0x20, true);
  let result = await asker.udp.exchange(server, query, timeoutMs, signal);
  if (result.kind === "reply" && result.reply.rcode === RCODE.FORMERR) {
    query = makeQuery(name, type, asker.case0x20, false);
    result = await asker.udp.exchange(server, query, timeoutMs, signal);
  }
  if (result.kind === "reply" && result.reply.truncated) {
    result = await asker.tcp.exchange(server, query, timeoutMs, signal);
  }
  return result;
}

const RCODE_STATUS: Readonly<Record<number, readonly [Failure["status"], string]>> = {
  [RCODE.SERVFAIL]: ["servfail", "SERVFAIL"],
  [RCODE.REFUSED]: ["refused", "REFUSED"],
  [RCODE.NOTIMP]: ["refused", "NOTIMP"],
  [RCODE.FORMERR]: ["malformed", "FORMERR"],
};

/** The failure in an exchange; `undefined` when it is an answer. Details never hold the name that was asked. */
function failureOf(result: Exchange, server: string): Failure | undefined {
  const failure = (status: Failure["status"], detail: string): Failure => ({
    status,
    detail: `${server} ${detail}`,
    server,
    extendedErrors: [],
  });
  if (result.kind === "silent") return failure("timeout", "did not answer in time");
  if (result.kind === "unreachable") return failure("timeout", `cannot be reached: ${result.problem}`);
  if (result.kind === "garbage") return failure("malformed", `sent no DNS message: ${result.problem}`);
  const { rcode, referral, extendedErrors } = result.reply;
  if (referral) return failure("refused", "answered with a referral: it does not look names up for others");
  if (rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN) return undefined;
  const [status, word] = RCODE_STATUS[rcode] ?? ["servfail", `response code ${rcode}`];
  const why = extendedErrors.map(({ code }) => extendedErrorName(code)).join(", ");
  return { ...failure(status, `answered ${word}${why && ` (${why})`}`), extendedErrors };
}

/** An answer that says why beats silence. */
const WEIGHT: Readonly<Record<Failure["status"], number>> = {
  servfail: 3,
  refused: 2,
  malformed: 1,
  timeout: 0,
};

/**
 * Asks the servers in turn until one answers NOERROR or NXDOMAIN. A server that said SERVFAIL or REFUSED is not
 * asked again; one that was silent gets another round with twice the time. Rejects only when `signal` aborts.
 */
export async function ask(
  asker: Asker,
  name: string,
  type: DnsType,
  servers: readonly ServerAddress[],
  signal: AbortSignal | undefined,
): Promise<Asked | Failure> {
  let worst: Failure = { status: "timeout", detail: "no name server is configured", extendedErrors: [] };
  let left = asker.health.order(servers);
  for (let round = 0; round < asker.attempts && left.length > 0; round++) {
    const timeoutMs = Math.min(asker.timeoutMs * 2 ** round, TIMEOUT_MAX_MS);
    const silent: ServerAddress[] = [];
    for (const server of left) {
      signal?.throwIfAborted();
      const result = await exchangeOnce(asker, server, [name, type], timeoutMs, signal);
      const shown = formatServerAddress(server);
      if (result.kind === "reply") asker.health.answered(server);
      if (result.kind === "silent" || result.kind === "unreachable") asker.health.silent(server);
      const failure = failureOf(result, shown);
      if (!failure && result.kind === "reply") return { reply: result.reply, server: shown };
      if (failure && (worst.server === undefined || WEIGHT[failure.status] > WEIGHT[worst.status]))
        worst = failure;
      if (result.kind === "silent") silent.push(server);
    }
    left = silent;
  }
  return worst;
}
