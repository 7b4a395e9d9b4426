import { connect, isIP } from "node:net";

import { FaultError } from "../../model/observation.ts";
import type { ConnectAttempt, DialNotes, SmtpDial } from "../../model/smtp.ts";
import type { Leave } from "../destination-gate.ts";
import type { SmtpContext } from "./context.ts";
import { targetsOf, type Target } from "./targets.ts";
import { Wire } from "./wire.ts";

export interface Connected {
  readonly wire: Wire;
  readonly target: Target;
  /** What the handshake of TCP took: about one round trip. */
  readonly roundTripMs: number;
}

/**
 * Connects to the first address that answers, one after the other (RFC 5321 section 5.1). Each attempt is noted. One
 * phase `connect` for all of them; a wait for the gate between two is in no phase.
 */
export async function connectSmtp(
  dial: SmtpDial,
  context: SmtpContext,
  notes: Partial<DialNotes>,
): Promise<Connected> {
  const targets = await targetsOf(dial, context, notes);
  const gateName = gateNameOf(dial);
  const attempts: ConnectAttempt[] = [];
  notes.attempts = attempts;
  let failure: FaultError | undefined;
  let done: ReturnType<SmtpContext["phases"]["begin"]> | undefined;
  for (const [i, target] of targets.entries()) {
    if (context.gate?.isOpen(gateName, target.address) === false && failure !== undefined) {
      done?.(failure.fault.code);
      done = undefined;
    }
    const leave = await context.gate?.enter(gateName, target.address, context.signal);
    done ??= context.phases.begin("connect");
    const startMs = context.phases.elapsed();
    const note = (outcome: ConnectAttempt["outcome"]): void => {
      attempts.push({ ...target, outcome, durationMs: context.phases.elapsed() - startMs });
    };
    try {
      const wire = await attempt(dial, target, context, targets.length - i, leave);
      note("ok");
      done();
      return { wire, target, roundTripMs: context.phases.elapsed() - startMs };
    } catch (error) {
      if (!(error instanceof FaultError)) {
        // Node refuses some options by throwing, such as a port out of range.
        leave?.();
        done("internal_error");
        throw error;
      }
      note(error.fault.code);
      failure = error;
      if (context.signal.aborted) break;
    }
  }
  done?.(failure?.fault.code);
  throw withAttempts(failure, attempts, dial);
}

/** The MX probe dials each address of a host by itself, and names the host as the server. */
function gateNameOf({ host, tls }: SmtpDial): string {
  return isIP(host) === 0 ? host : (tls.serverName ?? host);
}

async function attempt(
  dial: SmtpDial,
  target: Target,
  context: SmtpContext,
  left: number,
  leave: Leave | undefined,
): Promise<Wire> {
  const open = context.connect ?? connect;
  const socket = open({
    host: target.address,
    port: dial.port,
    family: target.family,
    noDelay: true,
    ...(dial.sourceAddress === undefined ? {} : { localAddress: dial.sourceAddress }),
  });
  const wire = new Wire(socket, context.signal, context.limits.replies, leave);
  for (const secret of dial.secrets ?? []) wire.mask.addSecret(secret.reveal());
  const timer = left > 1 ? setTimeout(giveUp, shareMs(context, left)) : undefined;
  function giveUp(): void {
    wire.fail({ code: "connect_timeout", what: "no answer in this address's share of the time" });
  }
  try {
    await wire.connected();
    return wire;
  } finally {
    clearTimeout(timer);
  }
}

/** A silent address must leave the others their chance. */
function shareMs({ timeoutMs, phases, limits }: SmtpContext, left: number): number {
  if (timeoutMs === undefined) return limits.attemptMs;
  return Math.max(1, (timeoutMs - phases.elapsed()) / left);
}

/** With several addresses the last failure alone would mislead. */
function withAttempts(
  failure: FaultError | undefined,
  attempts: readonly ConnectAttempt[],
  dial: SmtpDial,
): FaultError {
  const last = attempts.at(-1);
  const where = last === undefined ? dial.host : `${dial.host} (${last.address}) port ${dial.port}`;
  const others = attempts.length > 1 ? `; ${attempts.length} addresses tried` : "";
  const message = `${failure?.message ?? "no address to connect to"}: ${where}${others}`;
  const code = failure?.fault.code ?? "connect_unreachable";
  return new FaultError({ code, phase: "connect", message }, { cause: failure });
}
