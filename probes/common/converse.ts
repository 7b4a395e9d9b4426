import type { FaultCode } from "../../src/model/codes.ts";
import type { TlsEvidence } from "../../src/model/evidence.ts";
import { FaultError } from "../../src/model/observation.ts";
import type { ProbeIo } from "../../src/model/probe.ts";
import type { Secret } from "../../src/model/secret.ts";
import type { DialNotes, SmtpDial, SmtpSession } from "../../src/model/smtp.ts";
import type { Credentials, Relay } from "../../src/model/subject.ts";

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
    ...(relay.auth === undefined ? {} : { secrets: secretsOf(relay.auth) }),
  };
}

function secretsOf({ password, accessToken }: Credentials): Secret[] {
  return [password, accessToken].filter((secret) => secret !== undefined);
}

/** A dial that fails late has met somebody, and may have seen a certificate: then no session tells of them. */
async function dial(relay: Relay, io: ProbeIo, notes: ConversationNotes): Promise<SmtpSession> {
  const dialNotes: Partial<DialNotes> = {};
  notes.dial = dialNotes;
  try {
    const session = await io.dialSmtp(dialOf(relay), dialNotes);
    notes.remote = session.remote;
    return session;
  } finally {
    const { remote, tls, ...rest } = dialNotes;
    notes.dial = rest;
    if (remote !== undefined) notes.remote = remote;
    if (tls !== undefined) notes.tls = tls;
  }
}

/** Opens a session, talks, and closes it whatever happens: with QUIT where somebody still listens. */
export async function converse(
  relay: Relay,
  io: ProbeIo,
  notes: ConversationNotes,
  talk: (session: SmtpSession) => Promise<void>,
): Promise<void> {
  const session = await dial(relay, io, notes);
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
