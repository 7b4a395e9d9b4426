import type { SmtpEvidence } from "../../src/model/evidence.ts";
import type { Fault, Finding } from "../../src/model/observation.ts";
import type { Relay } from "../../src/model/subject.ts";
import { judgeFault } from "../common/judge-fault.ts";
import { isAnswered, judgeGreeting, judgeTls } from "../common/judge-session.ts";
import { tlsPolicy } from "../common/tls-policy.ts";
import { judgeExpectation } from "./judge-expectation.ts";
import { plaintextMechanisms } from "./plaintext.ts";
import { depthOf, reaches, type SmtpOptions, sendsCredentials } from "./options.ts";

type Notes = Partial<SmtpEvidence>;

/** Everything that one conversation tells; one `pass` finding when nothing failed and the run came to its end. */
export function judgeSmtp(
  notes: Notes,
  options: SmtpOptions,
  fault: Fault | undefined,
  relay: Relay,
  now: number,
): Finding[] {
  if (options.expect !== "accept") return judgeExpectation(options.expect, notes, fault, relay);
  const policy = tlsPolicy(relay, sendsCredentials(options, relay));
  const findings = [
    ...judgeGreeting(notes),
    ...judgeTls(notes, relay, policy, options.certificateWarnDays, now),
    ...judgeClearAuth(notes, relay),
    ...judgeSettings(options, relay),
  ];
  if (fault !== undefined) {
    return isAnswered(fault, findings)
      ? findings
      : [judgeFault(fault, serverNames(notes, relay)), ...findings];
  }
  if (findings.some(({ verdict }) => verdict === "fail" || verdict === "unknown")) return findings;
  return [success(notes, options, relay), ...findings];
}

/** How the server calls itself and how we call it: they tell the provider. */
export function serverNames(notes: Notes, relay: Relay): readonly string[] {
  const greeted = notes.ehloAfterTls?.domain ?? notes.ehlo?.domain;
  return greeted === undefined ? [relay.host] : [relay.host, greeted];
}

function judgeClearAuth(notes: Notes, relay: Relay): Finding[] {
  const mechanisms = plaintextMechanisms(notes.ehlo?.authMechanisms ?? []);
  if (mechanisms.length === 0 || relay.scheme === "submissions" || relay.auth?.allowCleartext === true)
    return [];
  return [
    {
      id: "auth_offered_in_clear",
      verdict: "warn",
      message: `AUTH (${mechanisms.slice(0, 10).join(" ")}) is offered before TLS: clients may send passwords in the clear`,
      rfc: "RFC 4954 section 4",
      remedy: "Offer AUTH only under TLS; in Postfix: smtpd_tls_auth_only = yes.",
    },
  ];
}

/** A depth that the relay's settings cannot reach is no success: nobody tested what was asked for. */
function judgeSettings(options: SmtpOptions, relay: Relay): Finding[] {
  const depth = depthOf(options, relay);
  if (reaches(depth, "rcpt") && relay.to.length === 0) {
    return [
      {
        id: "recipient_not_configured",
        verdict: "unknown",
        message: `depth ${depth} needs a recipient, and the relay has none`,
        remedy: "Set `to` of the relay, or a smaller `depth`.",
      },
    ];
  }
  if (depth === "auth" && relay.auth === undefined) {
    return [
      {
        id: "credentials_not_configured",
        verdict: "unknown",
        message: "depth auth needs credentials, and the relay has none",
        remedy: "Set `auth` of the relay, or a smaller `depth`.",
      },
    ];
  }
  return [];
}

const DONE = {
  banner: "the server greets",
  ehlo: "the server answers EHLO",
  tls: "the server answers, and TLS is as it should be",
  auth: "the server takes the credentials",
  rcpt: "the server takes sender and recipients",
} as const;

function success(notes: Notes, options: SmtpOptions, relay: Relay): Finding {
  const depth = depthOf(options, relay);
  if (depth !== "data") return { id: "smtp_ok", verdict: "pass", message: DONE[depth] };
  const queue = notes.queueId === undefined ? "" : ` as ${notes.queueId}`;
  return { id: "accepted", verdict: "pass", message: `the server accepted the message${queue}` };
}
