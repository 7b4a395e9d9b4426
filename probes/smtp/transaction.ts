import type { SmtpEvidence } from "../../src/model/evidence.ts";
import { FaultError } from "../../src/model/observation.ts";
import type { RecipientResult, SmtpReply, SubmitResult } from "../../src/model/smtp.ts";
import { isExpected } from "../../src/standards/smtp/expected.ts";
import { queueIdOf } from "../../src/standards/smtp/queue-id.ts";
import { isPositive, refusal, requirePositive } from "../common/reply.ts";
import type { Conversation } from "./conversation.ts";
import { utf8For } from "./utf8.ts";

/** MAIL and each RCPT, then RSET: nothing is sent. All recipients are asked before the first refusal counts. */
export async function probeRecipients({ session, relay, notes }: Conversation): Promise<void> {
  const mail = await session.mail(relay.from, utf8For(session, [relay.from, ...relay.to]));
  notes.mail = mail;
  requirePositive(mail, "mail");
  const recipients: RecipientResult[] = [];
  notes.recipients = recipients;
  for (const [index, to] of relay.to.entries()) {
    const rcpt = await session.rcpt(to);
    recipients.push({ index, rcpt });
    // The server is about to hang up (RFC 5321 section 3.8): this is why, whatever comes of the next command.
    if (rcpt.code === 421) break;
  }
  const refused = worstReply(recipients.map(({ rcpt }) => rcpt));
  if (refused !== undefined) throw refusal(refused, "rcpt");
  await session.rset();
}

/** The whole transaction with a seeded message. */
export async function submitSeed({ session, relay, options, io, notes }: Conversation): Promise<void> {
  const seed = await io.composeSeed({ from: relay.from, to: relay.to, route: relay.name });
  notes.token = seed.token;
  const envelope = {
    from: relay.from,
    to: relay.to,
    mail: {
      ...utf8For(session, [relay.from, ...relay.to]),
      ...(session.capabilities?.size === undefined ? {} : { size: seed.bytes.length }),
    },
  };
  let result: SubmitResult;
  try {
    result = await session.submit(envelope, seed.bytes, { mode: options.mode, chunking: options.chunking });
  } catch (error) {
    if (error instanceof FaultError && error.fault.code === "uncertain") notes.submission = "uncertain";
    throw error;
  }
  noteSubmission(result, notes);
  const fault = faultOfSubmission(result);
  if (fault !== undefined) throw fault;
}

function noteSubmission(result: SubmitResult, notes: Partial<SmtpEvidence>): void {
  notes.mail = result.mail;
  notes.recipients = result.recipients;
  if (result.data !== undefined) notes.data = result.data;
  if (result.body !== undefined) notes.body = result.body;
  notes.submission = submissionOf(result);
  const last = result.body ?? result.recipients.find(({ delivery }) => delivery !== undefined)?.delivery;
  const queueId = last === undefined ? undefined : queueIdOf(last);
  if (queueId !== undefined) notes.queueId = queueId;
}

/** The message's fate: accepted as soon as the server took it for one recipient. */
function submissionOf(result: SubmitResult): SmtpEvidence["submission"] {
  const deliveries = result.recipients.flatMap(({ delivery }) => delivery ?? []);
  const last = deliveries.find(isPositive) ?? deliveries[0] ?? result.body;
  if (last !== undefined && isPositive(last)) return "accepted";
  // It may have been taken by a server that answers the final dot with something else than yes or no.
  if (last !== undefined && last.code < 400) return "uncertain";
  const refused = last ?? faultOfSubmission(result)?.fault.reply;
  return refused !== undefined && refused.code >= 400 && refused.code < 500 ? "deferred" : "rejected";
}

/** The first step that was refused, also when the message was accepted for other recipients. */
function faultOfSubmission(result: SubmitResult): FaultError | undefined {
  const rcpt = worstReply(result.recipients.map((recipient) => recipient.rcpt));
  const delivery = worstReply(result.recipients.flatMap((recipient) => recipient.delivery ?? []));
  const steps = [
    ["mail", result.mail],
    ["rcpt", rcpt],
    ["data", result.data],
    ["body", delivery ?? result.body],
  ] as const;
  for (const [phase, reply] of steps) {
    if (reply !== undefined && !isExpected(phase, reply)) return refusal(reply, phase);
  }
  return undefined;
}

/** The reply that weighs most among the refused: 5xx over 4xx, the first of its kind. */
function worstReply(replies: readonly SmtpReply[]): SmtpReply | undefined {
  return replies.find((reply) => reply.code >= 500) ?? replies.find((reply) => !isPositive(reply));
}
