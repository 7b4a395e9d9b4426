import type { DialNotes, RemoteEnd, SmtpDial, SmtpSession } from "../../model/smtp.ts";
import { connectSmtp } from "./connect.ts";
import type { SmtpContext } from "./context.ts";
import { Conversation } from "./conversation.ts";
import { secureConversation } from "./secure.ts";
import { Session } from "./session.ts";

/**
 * Resolves, connects and reads the greeting: phases `dns`, `connect`, under implicit TLS `tls`, and `banner`. A greeting
 * of 4xx or 5xx is a value. Rejects with a `FaultError`; the notes then tell how far it came.
 */
export async function dialSmtp(
  dial: SmtpDial,
  context: SmtpContext,
  notes: Partial<DialNotes> = {},
): Promise<SmtpSession> {
  const { wire, target, roundTripMs } = await connectSmtp(dial, context, notes);
  try {
    const talk = new Conversation(wire, context.phases);
    const remote: RemoteEnd = { ...target, port: dial.port, localAddress: wire.socket.localAddress ?? "" };
    notes.remote = remote;
    context.phases.say("*", `connected to ${target.address} port ${dial.port}`);
    const tls = dial.implicitTls ? await secureConversation(talk, dial, () => {}) : undefined;
    if (tls === undefined) wire.listen();
    else notes.tls = tls;
    const beforeGreeting = context.phases.elapsed();
    const banner = await talk.timedReply("banner");
    notes.greetingMs = context.phases.elapsed() - beforeGreeting;
    const start = { dial, remote, banner, roundTripMs, limits: context.limits };
    return new Session(talk, tls === undefined ? start : { ...start, tls });
  } catch (error) {
    wire.destroy();
    throw error;
  }
}
