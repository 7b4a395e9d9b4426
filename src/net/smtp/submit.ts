import type {
  EhloCapabilities,
  Envelope,
  RecipientResult,
  SubmitOptions,
  SubmitResult,
} from "../../model/smtp.ts";
import { mailCommand, rcptCommand } from "../../standards/smtp/commands.ts";
import { offers } from "../../standards/smtp/ehlo.ts";
import { normaliseLineEnds } from "../../standards/smtp/message.ts";
import type { Conversation } from "./conversation.ts";
import { accepted, deliver, discardData } from "./deliver.ts";

export interface Transaction {
  readonly talk: Conversation;
  readonly lmtp: boolean;
  readonly capabilities: EhloCapabilities | undefined;
}

const CLOSING = 421;

/** A whole transaction. `pipelined` and `chunking` fall back to lockstep and DATA where the server offers no more. */
export async function submitMessage(
  transaction: Transaction,
  envelope: Envelope,
  message: Uint8Array,
  options: SubmitOptions = {},
): Promise<SubmitResult> {
  const { capabilities } = transaction;
  const content = normaliseLineEnds(message);
  const commands = envelopeCommands(envelope, content.length, capabilities);
  const chunking = options.chunking === true && offers(capabilities, "CHUNKING");
  const pipelined = options.mode === "pipelined" && offers(capabilities, "PIPELINING");
  const { data, ...result } = pipelined
    ? await sendPipelined(transaction, commands, !chunking)
    : await sendLockstep(transaction, commands, !chunking);
  const soFar = data === undefined ? result : { ...result, data };
  const taken = result.recipients.some(({ rcpt }) => accepted(rcpt));
  if (!taken && data?.code === 354) {
    // RFC 2920 section 3.1: the server takes the data nevertheless; an empty message ends it.
    await discardData(transaction.talk);
  }
  if (!taken || isClosing(result)) return soFar;
  if (chunking) return await deliver(transaction, soFar, content, "BDAT");
  return data?.code === 354 ? await deliver(transaction, soFar, content, "DATA") : soFar;
}

/** 421 says that the server is about to hang up (RFC 5321 section 3.8): what follows could only be a lost connection. */
function isClosing({ mail, recipients }: SubmitResult): boolean {
  return mail.code === CLOSING || recipients.some(({ rcpt }) => rcpt.code === CLOSING);
}

function envelopeCommands(
  { from, to, mail = {}, rcpt }: Envelope,
  size: number,
  capabilities: EhloCapabilities | undefined,
): { readonly mail: string; readonly rcpt: readonly string[] } {
  return {
    mail: mailCommand(from, { size, ...mail }, capabilities),
    rcpt: to.map((address) => rcptCommand(address, rcpt, capabilities, mail.smtpUtf8 === true)),
  };
}

type Commands = ReturnType<typeof envelopeCommands>;

async function sendLockstep(
  { talk }: Transaction,
  commands: Commands,
  withData: boolean,
): Promise<SubmitResult> {
  const mail = await talk.exchange("mail", commands.mail);
  const recipients: RecipientResult[] = [];
  if (!accepted(mail)) return { mail, recipients };
  for (const [index, line] of commands.rcpt.entries()) {
    const rcpt = await talk.exchange("rcpt", line);
    recipients.push({ index, rcpt });
    if (rcpt.code === CLOSING) return { mail, recipients };
  }
  if (!withData || !recipients.some(({ rcpt }) => accepted(rcpt))) return { mail, recipients };
  return { mail, recipients, data: await talk.exchange("data", "DATA") };
}

/** RFC 2920: the envelope in one write; each phase is the time from the reply before to its own. */
async function sendPipelined(
  { talk }: Transaction,
  commands: Commands,
  withData: boolean,
): Promise<SubmitResult> {
  const early = talk.early("mail");
  if (early !== undefined) return { mail: early, recipients: [] };
  const lines = [commands.mail, ...commands.rcpt, ...(withData ? ["DATA"] : [])];
  for (const line of lines) talk.phases.say("C", line);
  talk.wire.write(`${lines.join("\r\n")}\r\n`);
  const mail = await talk.timedReply("mail");
  const recipients: RecipientResult[] = [];
  for (const index of commands.rcpt.keys()) {
    if (isClosing({ mail, recipients })) return { mail, recipients };
    recipients.push({ index, rcpt: await talk.timedReply("rcpt") });
  }
  if (isClosing({ mail, recipients })) return { mail, recipients };
  return withData ? { mail, recipients, data: await talk.timedReply("data") } : { mail, recipients };
}
