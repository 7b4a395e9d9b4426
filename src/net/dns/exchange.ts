import type { DnsType } from "../../model/dns.ts";
import type { ServerAddress } from "../../standards/dns/server-address.ts";
import { answersQuestion, decodeReply, type Reply } from "./wire.ts";

/** One question in wire form. */
export interface Query {
  /** As sent, in random letter case when `exactCase`. */
  readonly name: string;
  readonly type: DnsType;
  readonly exactCase: boolean;
  /** With id 0: each transport puts in an id of its own. */
  readonly bytes: Buffer;
}

/** What came of sending one query to one server. */
export type Exchange =
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "silent" }
  | { readonly kind: "unreachable"; readonly problem: string }
  | { readonly kind: "garbage"; readonly problem: string };

/** To whoever still waits when a resolver is closed. */
export const CLOSED: Exchange = { kind: "unreachable", problem: "the resolver is closed" };

/** Sends one query to one server. Rejects only with the reason of `signal`. */
export interface Transport {
  exchange(
    server: ServerAddress,
    query: Query,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Exchange>;
  /** Drops every socket; whoever still waits gets `unreachable`. */
  close(): void;
}

/** Counters of a resolver since it was made. */
export interface Counters {
  /** Queries sent, by transport, repetitions included. */
  udp: number;
  tcp: number;
  timeouts: number;
  /** Datagrams and frames that answered no question of ours. */
  ignored: number;
}

/**
 * Reads bytes that came with the right id from the right address. `undefined` when they answer another question,
 * which is a spoof or a very late reply: the caller goes on waiting.
 */
export function readExchange(bytes: Buffer, query: Query): Exchange | undefined {
  try {
    const reply = decodeReply(bytes);
    if (!answersQuestion(reply, query.name, query.type, query.exactCase)) return undefined;
    return { kind: "reply", reply };
  } catch (error) {
    return { kind: "garbage", problem: error instanceof Error ? error.message : "unreadable" };
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENETUNREACH: "no route to it",
  EHOSTUNREACH: "no route to it",
  EADDRNOTAVAIL: "no local address fits",
  EAFNOSUPPORT: "this machine lacks the address family",
  EACCES: "the system forbids it",
  EPERM: "the system forbids it",
};

/** A socket error in words for the user. */
export function unreachable(error: Error & { readonly code?: string }): Exchange {
  return { kind: "unreachable", problem: WORDS[error.code ?? ""] ?? error.code ?? "socket error" };
}
