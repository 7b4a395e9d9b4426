import { randomBytes } from "node:crypto";
import { Secret } from "../../src/model/secret.ts";
import type { SmtpReply } from "../../src/model/smtp.ts";
import type { Credentials, Relay } from "../../src/model/subject.ts";
import { isPositive, requirePositive } from "../common/reply.ts";
import type { Conversation } from "./conversation.ts";
import type { SmtpOptions } from "./options.ts";
import { plaintextMechanisms } from "./plaintext.ts";
import { utf8For } from "./utf8.ts";

/** "Must refuse relaying": a foreign recipient, without AUTH. DATA is never sent. */
export async function refuseRelay(conversation: Conversation): Promise<void> {
  await introduce(conversation);
  // Nothing secret is sent, so the channel does not matter: TLS where it is offered, as any sender would.
  await conversation.startTls(conversation.policy === "implicit" ? "implicit" : "opportunistic");
  await tryEnvelope(conversation, conversation.relay.from, conversation.options.foreignRecipient);
}

/** "Must refuse AUTH without TLS": tries an invented password in the clear where the server asks for one. */
export async function refuseAuthWithoutTls(conversation: Conversation): Promise<void> {
  const { session, notes } = conversation;
  await introduce(conversation);
  const [mechanism] = plaintextMechanisms(session.capabilities?.authMechanisms ?? []);
  if (mechanism === undefined) return;
  notes.auth = await session.auth({ ...inventedCredentials(), mechanism, allowCleartext: true });
}

/** "Must refuse this password": the relay's own credentials, or invented ones. One try only: more would lock accounts. */
export async function refuseCredentials(conversation: Conversation): Promise<void> {
  const { session, notes, relay } = conversation;
  await authReady(conversation);
  notes.auth = await session.auth(relay.auth ?? inventedCredentials());
}

/** "Must refuse forged sender": logged in when there are credentials, then a sender that is not ours. */
export async function refuseSender(conversation: Conversation): Promise<void> {
  const { relay, options } = conversation;
  await authReady(conversation);
  if (relay.auth !== undefined) await conversation.logIn(relay.auth);
  await tryEnvelope(conversation, forgedSender(options, relay), relay.to[0]);
}

/**
 * As told. Logged in: another sender of our own domain, whom our login must not speak for. Otherwise: a sender of the
 * recipient's domain, whom nobody outside may claim to be.
 */
export function forgedSender(options: SmtpOptions, relay: Relay): string {
  if (options.forgedSender !== undefined) return options.forgedSender;
  const model = relay.auth === undefined ? (relay.to[0] ?? relay.from) : relay.from;
  const domain = model.includes("@") ? model.slice(model.lastIndexOf("@") + 1) : "example.com";
  return `mailgauge-forged-sender@${domain}`;
}

async function introduce(conversation: Conversation): Promise<void> {
  requirePositive(conversation.session.banner, "banner");
  await conversation.greet();
}

async function authReady(conversation: Conversation): Promise<void> {
  conversation.checkCertificate();
  await introduce(conversation);
  await conversation.startTls();
}

/** MAIL and RCPT, whose replies are what the test is about; then the transaction is dropped. */
async function tryEnvelope(
  { session, notes }: Conversation,
  from: string,
  to: string | undefined,
): Promise<void> {
  const mail: SmtpReply = await session.mail(from, utf8For(session, to === undefined ? [from] : [from, to]));
  notes.mail = mail;
  if (!isPositive(mail)) return;
  if (to !== undefined) notes.recipients = [{ index: 0, rcpt: await session.rcpt(to) }];
  await session.rset();
}

/** No real account has it, so that a wrong guess locks nobody out. */
function inventedCredentials(): Credentials {
  const secret = new Secret(randomBytes(18).toString("base64url"));
  return {
    username: `mailgauge-${randomBytes(6).toString("hex")}`,
    password: secret,
    accessToken: secret,
  };
}
