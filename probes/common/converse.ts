import type { FaultCode } from "../../src/model/codes.ts";
import type { TlsEvidence } from "../../src/model/evidence.ts";
import { FaultError } from "../../src/model/observation.ts";
import type { ProbeIo } from "../../src/model/probe.ts";
import type { SmtpDial, SmtpSession } from "../../src/model/smtp.ts";
import type { Relay } from "../../src/model/subject.ts";

/** Faults after which the conversation still stands, so that it can be ended with QUIT. */
const POLITE: ReadonlySet<FaultCode> = new Set<FaultCode>([
  "deferred",
  "rejected",
  "auth_failed",
  "auth_not_offered",
  "tls_not_offered",
  "tls_refused",
  "tls_certificate",
]);

/** Parts of a notebook that every conversation fills. */
type ConversationNotes = Partial<Pick<TlsEvidence, "dial" | "remote" | "tls" | "injectedBytes" | "replies">>;

export function dialOf(relay: Relay): SmtpDial {
  return {
    host: relay.host,
    port: relay.port,
    implicitTls: relay.scheme === "submissions",
    tls: relay.tls,
    ...(relay.scheme === "lmtp" ? { lmtp: true } : {}),
    ...(relay.sourceAddress === undefined ? {} : { sourceAddress: relay.sourceAddress }),
    ...(relay.family === undefined ? {} : { family: relay.family }),
  };
}

/** Opens a session, talks, and closes it whatever happens: with QUIT where somebody still listens. */
export async function converse(
  relay: Relay,
  io: ProbeIo,
  notes: ConversationNotes,
  talk: (session: SmtpSession) => Promise<void>,
): Promise<void> {
  notes.dial = {};
  const session = await io.dialSmtp(dialOf(relay), notes.dial);
  notes.remote = session.remote;
  notes.replies = session.replies;
  if (session.tls !== undefined) notes.tls = session.tls;
  let stands = true;
  try {
    await talk(session);
  } catch (error) {
    stands = error instanceof FaultError && POLITE.has(error.fault.code);
    throw error;
  } finally {
    notes.injectedBytes = session.injectedBytes;
    if (session.tls !== undefined) notes.tls = session.tls;
    if (stands && !io.signal.aborted) await session.quit();
    else session.destroy();
    notes.replies = [...session.replies];
  }
}
