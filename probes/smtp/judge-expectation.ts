import type { CauseCode, PhaseName } from "../../src/model/codes.ts";
import type { SmtpEvidence, SmtpExpectation } from "../../src/model/evidence.ts";
import type { Fault, Finding } from "../../src/model/observation.ts";
import type { SmtpReply } from "../../src/model/smtp.ts";
import type { Relay } from "../../src/model/subject.ts";
import { classifyReply } from "../../src/standards/smtp/classify.ts";
import { describeReply, isPositive } from "../common/reply.ts";

type Notes = Partial<SmtpEvidence>;

/** What a negative test came to: the reply that decided it, or why there is none. */
interface Answer {
  readonly phase: PhaseName;
  readonly reply: SmtpReply;
}

interface Expectation {
  /** What the server must refuse, as the subject of a sentence. */
  readonly what: string;
  readonly accepted: Pick<Finding, "id" | "rfc" | "message">;
  readonly refusedId: string;
  /** The last reply of the test. */
  answer(notes: Notes): Answer | undefined;
  /** Refusals for these causes say nothing about what was asked: the server would have refused anything from us. */
  readonly elsewhere: ReadonlySet<CauseCode>;
  /** What to change in the configuration, so that the question is understood. */
  readonly remedy: string;
}

/** Refused as an unwelcome peer, before the question was even looked at. */
const UNWELCOME: readonly CauseCode[] = [
  "blocklisted",
  "poor_reputation",
  "ptr_missing",
  "helo_rejected",
  "connection_rejected",
  "protocol_violation",
];

/** Refusals of us, not of what was asked: another question would fare no better. */
const OF_US: ReadonlySet<CauseCode> = new Set<CauseCode>([...UNWELCOME, "sender_not_permitted"]);

const EXPECTATIONS: Readonly<Record<Exclude<SmtpExpectation, "accept">, Expectation>> = {
  refuse_relay: {
    what: "a foreign recipient without AUTH",
    accepted: {
      id: "open_relay",
      message: "the server relays for anybody: it took a foreign recipient without AUTH",
      rfc: "RFC 5321 section 7.9",
    },
    refusedId: "relay_refused",
    answer: envelopeAnswer,
    elsewhere: new Set<CauseCode>([...UNWELCOME, "sender_not_permitted", "recipient_unknown", "null_mx"]),
    remedy: "Set `foreign_recipient` to an address in a domain that takes mail, but not at this server.",
  },
  refuse_auth_without_tls: {
    what: "AUTH without TLS",
    accepted: {
      id: "auth_without_tls",
      message: "the server takes passwords over a connection without TLS",
      rfc: "RFC 4954 section 4",
    },
    refusedId: "auth_without_tls_refused",
    answer: authAnswer,
    elsewhere: new Set<CauseCode>(["server_fault"]),
    remedy: "Run it on a port with STARTTLS: `smtp://` or `submission://`.",
  },
  refuse_credentials: {
    what: "the credentials",
    accepted: { id: "credentials_accepted", message: "the server took credentials that it must refuse" },
    refusedId: "credentials_refused",
    answer: authAnswer,
    elsewhere: new Set<CauseCode>(["auth_requires_tls", "auth_mechanism_unsupported", "protocol_violation"]),
    remedy: "Run it where the server offers AUTH, such as `submission://`.",
  },
  refuse_sender: {
    what: "the forged sender",
    accepted: {
      id: "forged_sender_accepted",
      message: "the server took a sender that is not ours to use",
      rfc: "RFC 6409 section 6.1",
    },
    refusedId: "forged_sender_refused",
    answer: envelopeAnswer,
    elsewhere: new Set<CauseCode>([...UNWELCOME, "recipient_unknown", "mailbox_full", "relay_denied"]),
    remedy: "Set `to` to a recipient that the server takes mail for from a permitted sender.",
  },
};

/** Negative tests: refusing is right, accepting is wrong, and anything else means that we could not find out. */
export function judgeExpectation(
  expect: Exclude<SmtpExpectation, "accept">,
  notes: Notes,
  fault: Fault | undefined,
  relay: Relay,
): Finding[] {
  const expectation = EXPECTATIONS[expect];
  if (fault !== undefined) {
    return [untested(`whether the server refuses ${expectation.what} is not known: ${fault.message}`)];
  }
  const answer = expectation.answer(notes);
  if (answer === undefined) return judgeUnasked(expect, notes, relay);
  if (isPositive(answer.reply)) return judgeAccepted(expect, expectation, answer, notes);
  if (expect === "refuse_auth_without_tls") return judgeClearAuth(expectation, answer);
  return [judgeRefusal(expectation, answer)];
}

function judgeAccepted(
  expect: SmtpExpectation,
  expectation: Expectation,
  { phase, reply }: Answer,
  notes: Notes,
): Finding[] {
  // Many servers wait with the refusal of a sender for the recipient: MAIL alone proves nothing.
  if (expect === "refuse_sender" && phase === "mail" && notes.recipients === undefined) {
    return [
      untested(
        "the forged sender passes MAIL, and no recipient is configured to see whether it passes RCPT",
        expectation.remedy,
      ),
    ];
  }
  const { id, message, rfc } = expectation.accepted;
  return [
    {
      id,
      verdict: "fail",
      message: `${message} (${describeReply(reply)})`,
      ...(rfc === undefined ? {} : { rfc }),
    },
  ];
}

function judgeRefusal(expectation: Expectation, { phase, reply }: Answer): Finding {
  const said = describeReply(reply);
  if (reply.code < 400) return untested(`the server neither takes nor refuses ${expectation.what}: ${said}`);
  if (reply.code < 500) return untested(`the server deferred ${expectation.what}: ${said}`);
  const found = classifyReply({ phase, ...reply });
  if (found !== undefined && found.certainty !== "possible" && expectation.elsewhere.has(found.cause)) {
    return untested(
      `the server refused ${expectation.what}, but for another reason (${found.cause}): ${said}`,
      OF_US.has(found.cause) ? undefined : expectation.remedy,
    );
  }
  return {
    id: expectation.refusedId,
    verdict: "pass",
    message: `the server refuses ${expectation.what}: ${said}`,
  };
}

/** 535 to an invented password means that the server looked at it: with the right one it would have let us in. */
function judgeClearAuth(expectation: Expectation, answer: Answer): Finding[] {
  const found = classifyReply({ phase: "auth", ...answer.reply });
  const looked = found?.cause === "wrong_credentials" || found?.cause === "account_locked";
  if (looked && found.certainty !== "possible" && answer.reply.code >= 500) {
    const { id, message, rfc } = expectation.accepted;
    const said = describeReply(answer.reply);
    return [
      {
        id,
        verdict: "fail",
        message: `${message}: it checked one (${said})`,
        ...(rfc === undefined ? {} : { rfc }),
      },
    ];
  }
  const refusal = judgeRefusal(expectation, answer);
  if (refusal.verdict !== "pass") return [refusal];
  return [
    refusal,
    {
      id: "auth_offered_in_clear",
      verdict: "warn",
      message:
        "AUTH is offered before TLS, though it is refused there: clients show the password before they know",
      rfc: "RFC 4954 section 4",
    },
  ];
}

/** The question was never put: because there was no need, or because it makes no sense here. */
function judgeUnasked(expect: SmtpExpectation, notes: Notes, relay: Relay): Finding[] {
  if (expect !== "refuse_auth_without_tls") return [untested("the run ended before the question was put")];
  if (relay.scheme === "submissions") {
    return [untested("with implicit TLS nothing is ever in the clear", EXPECTATIONS[expect].remedy)];
  }
  const mechanisms = notes.ehlo?.authMechanisms ?? [];
  const message =
    mechanisms.length === 0
      ? "the server offers no AUTH before TLS"
      : `before TLS the server offers only AUTH that shows no password (${mechanisms.slice(0, 10).join(" ")})`;
  return [{ id: EXPECTATIONS.refuse_auth_without_tls.refusedId, verdict: "pass", message }];
}

function untested(message: string, remedy?: string): Finding {
  return {
    id: "expectation_untested",
    verdict: "unknown",
    message,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function envelopeAnswer(notes: Notes): Answer | undefined {
  const rcpt = notes.recipients?.[0]?.rcpt;
  if (rcpt !== undefined) return { phase: "rcpt", reply: rcpt };
  return notes.mail === undefined ? undefined : { phase: "mail", reply: notes.mail };
}

function authAnswer(notes: Notes): Answer | undefined {
  return notes.auth === undefined ? undefined : { phase: "auth", reply: notes.auth.reply };
}
