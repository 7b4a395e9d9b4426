import type { Socket, TcpNetConnectOpts } from "node:net";

import type { Resolve } from "../../model/dns.ts";
import type { PhaseRecorder } from "../../model/probe.ts";
import { DEFAULT_REPLY_LIMITS, type ReplyLimits } from "../../standards/smtp/reply-parser.ts";
import type { DestinationGate } from "../destination-gate.ts";

/** Bounds of a dial and of the session that comes of it; milliseconds. */
export interface SmtpLimits {
  readonly replies: ReplyLimits;
  /** Addresses that one dial tries: a hostile zone can name hundreds. */
  readonly addresses: number;
  /** What an attempt may take while other addresses wait, when the deadline is not known. */
  readonly attemptMs: number;
  /** Wait for the first session ticket of TLS 1.3, beyond one round trip. */
  readonly ticketMs: number;
  /** Wait for the reply to QUIT. */
  readonly quitMs: number;
}

export const DEFAULT_SMTP_LIMITS: SmtpLimits = {
  replies: DEFAULT_REPLY_LIMITS,
  addresses: 8,
  attemptMs: 5000,
  ticketMs: 50,
  quitMs: 1000,
};

/** What a dial needs from the observation that it serves. */
export interface SmtpContext {
  readonly resolve: Resolve;
  readonly signal: AbortSignal;
  readonly phases: PhaseRecorder;
  readonly limits: SmtpLimits;
  readonly gate?: DestinationGate;
  /** In place of that of node:net, for the tests: silence cannot be had on loopback. */
  readonly connect?: (options: TcpNetConnectOpts) => Socket;
  /** From the start of the observation to its deadline: lets the attempts share what is left. */
  readonly timeoutMs?: number;
}
