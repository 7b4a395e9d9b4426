import type { RecipientResult, SmtpReply, SubmitResult } from "../../model/smtp.ts";
import { bdatCommand } from "../../standards/smtp/commands.ts";
import { dotStuff } from "../../standards/smtp/message.ts";
import type { Conversation } from "./conversation.ts";
import { outcomeOf, outcomeOfError } from "./faults.ts";

/** Octets that are handed to the socket at once: a large message waits for room instead of filling the memory. */
const CHUNK = 64 * 1024;

export function accepted(reply: SmtpReply): boolean {
  return reply.code >= 200 && reply.code < 300;
}

/** An empty message, for a server that asks for data although it took no recipient. */
export async function discardData(talk: Conversation): Promise<void> {
  talk.send(".");
  await talk.timedReply("body");
}

/**
 * Sends the message and reads what became of it: one reply, or under LMTP one for each accepted recipient (RFC 2033
 * section 4.2); `body` is then the worst of them. What does not fit into one write is sent in phase `data`; phase
 * `body` begins with the last octets, and a loss of the connection from then on is `uncertain`.
 */
export async function deliver(
  { talk, lmtp }: { readonly talk: Conversation; readonly lmtp: boolean },
  result: SubmitResult,
  content: Uint8Array,
  how: "DATA" | "BDAT",
): Promise<SubmitResult> {
  const head = how === "BDAT" ? `${bdatCommand(content.length, true)}\r\n` : "";
  const octets = how === "BDAT" ? content : dotStuff(content);
  if (head !== "") talk.phases.say("C", head.trimEnd());
  talk.phases.say("C", `<${octets.length} bytes>`);

  const rest = Math.max(0, Math.ceil(octets.length / CHUNK) - 1) * CHUNK;
  const early = rest === 0 ? undefined : await sendBulk(talk, head, octets.subarray(0, rest));
  if (early !== undefined) return { ...result, body: early };
  const tail = octets.subarray(rest);
  if (head === "" || rest > 0) talk.wire.write(tail);
  else talk.wire.writeBoth(head, tail);
  let body = await talk.timedReply("body");
  if (!lmtp) return { ...result, body };

  const recipients: RecipientResult[] = [];
  let fate: SmtpReply | undefined = body;
  for (const recipient of result.recipients) {
    if (!accepted(recipient.rcpt)) {
      recipients.push(recipient);
      continue;
    }
    const delivery: SmtpReply = fate ?? (await talk.timedReply("body"));
    fate = undefined;
    if (delivery.code > body.code) body = delivery;
    recipients.push({ ...recipient, delivery });
  }
  return { ...result, recipients, body };
}

/**
 * All but the end of a large message. A server may refuse it before it has all; its reply is then the message's fate,
 * and the connection is of no more use.
 */
async function sendBulk(
  talk: Conversation,
  head: string,
  octets: Uint8Array,
): Promise<SmtpReply | undefined> {
  const { wire, phases } = talk;
  const done = phases.begin("data");
  if (head !== "") wire.write(head);
  let failure: unknown;
  let early: SmtpReply | undefined;
  for (let at = 0; at < octets.length && early === undefined && failure === undefined; at += CHUNK) {
    wire.write(octets.subarray(at, at + CHUNK));
    failure = await wire.drained("data").then(
      () => undefined,
      (error: unknown) => error,
    );
    // Also when the connection has ended: the server may have said why.
    early = wire.takeReply();
  }
  if (early !== undefined) {
    done(outcomeOf("body", early));
    wire.destroy();
    return talk.take("body", early);
  }
  done(failure === undefined ? "ok" : outcomeOfError(failure));
  if (failure !== undefined) throw failure;
  return undefined;
}
