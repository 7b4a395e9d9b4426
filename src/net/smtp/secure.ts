import type { SmtpDial } from "../../model/smtp.ts";
import type { TlsFacts } from "../../model/tls.ts";
import type { Conversation } from "./conversation.ts";
import { outcomeOfError } from "./faults.ts";
import { tlsFacts } from "./tls-facts.ts";
import { serverNameOf, startTls } from "./tls.ts";

/** Phase `tls`: the handshake, and what it yielded. `onInjected` learns of octets in the clear before it begins. */
export async function secureConversation(
  { wire, phases }: Conversation,
  { host, tls: settings }: SmtpDial,
  onInjected: (octets: number) => void,
): Promise<TlsFacts> {
  const serverName = serverNameOf(settings, host);
  const done = phases.begin("tls");
  try {
    const socket = await wire.secure((plain, injected) => {
      onInjected(injected);
      return startTls(plain, settings, serverName);
    });
    done();
    wire.listen();
    const facts = tlsFacts(socket, serverName, settings.ca);
    phases.say("*", `TLS handshake: ${facts.version} ${facts.cipher}`);
    return facts;
  } catch (error) {
    done(outcomeOfError(error));
    throw error;
  }
}
