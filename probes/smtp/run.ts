import type { SmtpEvidence, SmtpExpectation } from "../../src/model/evidence.ts";
import type { ProbeIo } from "../../src/model/probe.ts";
import type { Relay } from "../../src/model/subject.ts";
import { converse } from "../common/converse.ts";
import { requirePositive } from "../common/reply.ts";
import { Conversation } from "./conversation.ts";
import { depthOf, reaches, type SmtpOptions } from "./options.ts";
import { refuseAuthWithoutTls, refuseCredentials, refuseRelay, refuseSender } from "./refusals.ts";
import { probeRecipients, submitSeed } from "./transaction.ts";

type Notes = Partial<SmtpEvidence>;

/** One conversation, as deep as asked, or one negative test. */
export async function runSmtp(relay: Relay, options: SmtpOptions, io: ProbeIo, notes: Notes): Promise<void> {
  // Under implicit TLS nothing is ever in the clear: the judge says that there is nothing to test.
  if (options.expect === "refuse_auth_without_tls" && relay.scheme === "submissions") return;
  await converse(relay, io, notes, (session) =>
    TALKS[options.expect](new Conversation(session, relay, options, io, notes)),
  );
}

const TALKS: Readonly<Record<SmtpExpectation, (conversation: Conversation) => Promise<void>>> = {
  accept,
  refuse_relay: refuseRelay,
  refuse_auth_without_tls: refuseAuthWithoutTls,
  refuse_credentials: refuseCredentials,
  refuse_sender: refuseSender,
};

async function accept(conversation: Conversation): Promise<void> {
  const { relay, options } = conversation;
  const depth = depthOf(options, relay);
  conversation.checkCertificate();
  requirePositive(conversation.session.banner, "banner");
  if (reaches(depth, "ehlo")) await conversation.greet();
  if (reaches(depth, "tls")) await conversation.startTls();
  if (reaches(depth, "auth") && relay.auth !== undefined) await conversation.logIn(relay.auth);
  if (relay.to.length === 0) return;
  if (depth === "rcpt") await probeRecipients(conversation);
  if (depth === "data") await submitSeed(conversation);
}
