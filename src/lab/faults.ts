import type { CauseCode, FaultCode } from "../model/codes.ts";
import type {
  BlocklistMode,
  CertificateVariant,
  DnsMode,
  FaultCase,
  FaultExpectation,
  FaultOptions,
  FaultPhase,
  FaultSwitch,
  LabTarget,
  MxMode,
} from "./fault.ts";

/** The `smtp` probe of the submission port fails with this fault and cause. */
function fails(fault: FaultCode, cause: CauseCode, target: LabTarget = "submission"): FaultExpectation {
  return { probe: "smtp", target, verdict: "fail", fault, cause };
}

function at(phase: FaultPhase, text: string, expect: FaultExpectation): FaultCase {
  return { options: { phase, text }, expect };
}

const PASSES: FaultExpectation = { probe: "smtp", target: "submission", verdict: "pass" };

/** A reply with a text of its own: one line of the table. */
function reply(
  id: string,
  group: FaultSwitch["group"],
  title: string,
  phase: FaultPhase,
  text: string,
  cause: CauseCode,
  more: Partial<Pick<FaultSwitch, "expect">> & { readonly close?: boolean } = {},
): FaultSwitch {
  const code = text.startsWith("4") ? "deferred" : phase === "auth" ? "auth_failed" : "rejected";
  return {
    id,
    title,
    group,
    description: `Answers "${text}" at ${phase}${more.close === true ? " and hangs up" : ""}.`,
    effect: { kind: "reply", phase, text, ...(more.close === true ? { close: true } : {}) },
    options: ["text"],
    expect: more.expect ?? fails(code, cause),
  };
}

const CONNECTION: readonly FaultSwitch[] = [
  {
    id: "refuse",
    title: "Connection refused",
    group: "connection",
    description: "Nothing listens on the relay's ports.",
    effect: { kind: "refuse" },
    expect: fails("connect_refused", "server_down"),
  },
  {
    id: "silence",
    title: "Silence",
    group: "connection",
    description: "Accepts the connection, then says nothing; or falls silent at a later phase.",
    effect: { kind: "silence", phase: "banner" },
    options: ["phase"],
    expect: fails("timeout", "server_silent"),
    more: [
      { options: { phase: "ehlo" }, expect: fails("timeout", "server_silent") },
      { options: { phase: "starttls" }, expect: fails("timeout", "server_silent") },
      { options: { phase: "tls" }, expect: fails("timeout", "server_silent") },
      { options: { phase: "rcpt" }, expect: fails("timeout", "server_silent") },
      // After the final dot nobody knows whether the message was taken.
      { options: { phase: "body" }, expect: fails("uncertain", "server_silent") },
    ],
  },
  {
    id: "slow",
    title: "Slow phase",
    group: "connection",
    description: "Answers truly, but late, at one phase.",
    effect: { kind: "delay", phase: "banner", delayMs: 50 },
    options: ["phase", "delayMs"],
    expect: PASSES,
    more: [
      { options: { phase: "rcpt" }, expect: PASSES },
      { options: { phase: "body" }, expect: PASSES },
    ],
  },
  {
    id: "close",
    title: "Hangs up",
    group: "connection",
    description: "Closes the connection in place of a reply.",
    effect: { kind: "close", phase: "banner" },
    options: ["phase"],
    expect: fails("closed", "connection_rejected"),
    more: [
      { options: { phase: "ehlo" }, expect: fails("closed", "server_fault") },
      { options: { phase: "mail" }, expect: fails("closed", "server_fault") },
      { options: { phase: "body" }, expect: fails("uncertain", "server_fault") },
      // The message is accepted by then: a server that skips the farewell does no harm.
      { options: { phase: "quit" }, expect: PASSES },
    ],
  },
  {
    id: "reset",
    title: "Connection reset",
    group: "connection",
    description: "Resets the connection in place of a reply.",
    effect: { kind: "reset", phase: "banner" },
    options: ["phase"],
    expect: fails("reset", "connection_rejected"),
    more: [
      { options: { phase: "ehlo" }, expect: fails("reset", "server_fault") },
      { options: { phase: "rcpt" }, expect: fails("reset", "server_fault") },
    ],
  },
  {
    id: "reset_at_final_dot",
    title: "Reset at the final dot",
    group: "connection",
    description: "Takes the message, then resets the connection before it says so.",
    effect: { kind: "reset", phase: "body" },
    expect: fails("uncertain", "server_fault"),
  },
  {
    id: "not_smtp",
    title: "Not SMTP",
    group: "connection",
    description: "A web server answers on the port.",
    effect: { kind: "raw", phase: "banner", text: "HTTP/1.1 400 Bad Request\r\n\r\n", close: true },
    expect: fails("protocol_error", "not_smtp"),
  },
  {
    id: "garbage_reply",
    title: "Garbage in place of a reply",
    group: "connection",
    description: "A line that is no SMTP reply.",
    effect: { kind: "raw", phase: "mail", text: "certainly, go ahead\r\n" },
    options: ["phase"],
    expect: fails("protocol_error", "protocol_violation"),
  },
  {
    id: "half_reply",
    title: "Half a reply",
    group: "connection",
    description: "The first line of a multi-line reply, and never the last.",
    effect: { kind: "raw", phase: "ehlo", text: "250-half\r\n" },
    options: ["phase"],
    expect: fails("timeout", "server_silent"),
  },
  {
    id: "endless_reply",
    title: "Endless reply",
    group: "connection",
    description: "Continuation lines without end.",
    effect: { kind: "endless", phase: "ehlo", text: "250-and another thing\r\n" },
    options: ["phase"],
    expect: fails("limit_exceeded", "protocol_violation"),
  },
  {
    id: "endless_line",
    title: "Endless line",
    group: "connection",
    description: "A line without end.",
    effect: { kind: "endless", phase: "banner", text: "220 and so on and on" },
    options: ["phase"],
    expect: fails("limit_exceeded", "protocol_violation"),
  },
];

function certificate(
  variant: CertificateVariant,
  title: string,
  description: string,
  cause: CauseCode,
): FaultSwitch {
  return {
    id: `certificate_${variant}`,
    title,
    group: "tls",
    description,
    effect: { kind: "certificate", variant },
    expect: fails("tls_certificate", cause),
    more: [
      { expect: fails("tls_certificate", cause, "submissions") },
      { expect: { ...fails("tls_certificate", cause), probe: "tls" } },
    ],
  };
}

const TLS: readonly FaultSwitch[] = [
  {
    id: "no_starttls",
    title: "No STARTTLS",
    group: "tls",
    description: "The EHLO reply does not offer STARTTLS.",
    effect: { kind: "ehlo", remove: ["STARTTLS"], add: [] },
    expect: fails("tls_not_offered", "tls_not_offered"),
    more: [{ expect: { ...fails("tls_not_offered", "tls_not_offered"), probe: "tls" } }],
  },
  {
    id: "starttls_stripped",
    title: "STARTTLS stripped on the way",
    group: "tls",
    description: "A middlebox overwrites the keyword with XXXXXXXA.",
    effect: { kind: "ehlo", remove: ["STARTTLS"], add: ["XXXXXXXA"] },
    expect: fails("tls_not_offered", "starttls_stripped"),
  },
  {
    id: "starttls_refused",
    title: "STARTTLS refused",
    group: "tls",
    description: "Offers STARTTLS, then answers 454 to it.",
    effect: { kind: "reply", phase: "starttls", text: "454 4.7.0 TLS not available due to local problem" },
    options: ["text"],
    expect: fails("tls_refused", "server_fault"),
  },
  {
    id: "starttls_garbage",
    title: "STARTTLS, then garbage",
    group: "tls",
    description: "Says 220 to STARTTLS, and sends bytes that are no TLS.",
    effect: { kind: "raw", phase: "tls", text: "this is no TLS record\r\n", close: true },
    expect: fails("tls_handshake_failed", "protocol_violation"),
    more: [{ expect: { ...fails("tls_handshake_failed", "protocol_violation"), probe: "tls" } }],
  },
  {
    id: "starttls_injection",
    title: "Plain text behind STARTTLS",
    group: "tls",
    description:
      "Plain text arrives in one segment with the 220 to STARTTLS: a reply that an attacker injected.",
    effect: { kind: "inject", text: "250 2.0.0 injected" },
    expect: { probe: "smtp", target: "submission", verdict: "fail", cause: "injection" },
    more: [{ expect: { probe: "tls", target: "submission", verdict: "fail", cause: "injection" } }],
  },
  {
    id: "plain_on_tls_port",
    title: "Plain text on the TLS port",
    group: "tls",
    description: "The port of implicit TLS greets in the clear.",
    effect: { kind: "plain_on_tls_port" },
    expect: fails("tls_handshake_failed", "tls_mode_mismatch", "submissions"),
  },
  {
    id: "tls_on_plain_port",
    title: "TLS on the plain port",
    group: "tls",
    description: "The port of STARTTLS wants TLS from the first byte, and says so with a TLS alert.",
    effect: { kind: "raw", phase: "banner", text: "\x15\x03\x01\x00\x02\x02\x46", close: true },
    expect: fails("protocol_error", "tls_mode_mismatch"),
  },
  {
    id: "tls_obsolete",
    title: "Only TLS 1.1",
    group: "tls",
    description: "The server speaks nothing newer than TLS 1.1 (RFC 8996 forbids it).",
    effect: { kind: "tls_version", max: "TLSv1.1" },
    expect: fails("tls_handshake_failed", "tls_obsolete"),
  },
  certificate("expired", "Certificate expired", "The certificate ended yesterday.", "certificate_expired"),
  certificate(
    "not_yet_valid",
    "Certificate not yet valid",
    "The certificate begins tomorrow.",
    "certificate_not_yet_valid",
  ),
  certificate(
    "self_signed",
    "Self-signed certificate",
    "The certificate is its own issuer.",
    "certificate_untrusted",
  ),
  certificate(
    "wrong_name",
    "Wrong name in the certificate",
    "The certificate is for wrong.example.",
    "certificate_name_mismatch",
  ),
  certificate(
    "incomplete_chain",
    "Intermediate certificate missing",
    "The server presents its leaf alone.",
    "certificate_untrusted",
  ),
  certificate(
    "untrusted_root",
    "Unknown authority",
    "The chain is whole but ends at a root that nobody trusts.",
    "certificate_untrusted",
  ),
  certificate("weak_key", "Weak key", "The certificate's key is RSA with 1024 bits.", "certificate_weak"),
];

const AUTH: readonly FaultSwitch[] = [
  reply(
    "wrong_password",
    "auth",
    "Wrong password",
    "auth",
    "535 5.7.8 Error: authentication failed",
    "wrong_credentials",
  ),
  reply(
    "app_password_required",
    "auth",
    "App password required",
    "auth",
    "534 5.7.9 Application-specific password required. For more information, go to https://support.google.com/mail/?p=InvalidSecondFactor",
    "app_password_required",
  ),
  reply(
    "basic_auth_disabled",
    "auth",
    "Basic authentication disabled",
    "auth",
    "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
    "basic_auth_disabled",
  ),
  reply(
    "account_locked",
    "auth",
    "Account locked",
    "auth",
    "454 4.7.0 Too many login attempts, please try again later.",
    "account_locked",
  ),
  reply(
    "auth_backend_down",
    "auth",
    "Password database down",
    "auth",
    "454 4.7.0 Temporary authentication failure: Connection lost to authentication server",
    "server_fault",
  ),
  {
    id: "token_expired",
    title: "Access token expired",
    group: "auth",
    description: "Answers a bearer token with the error document of RFC 7628, then 535.",
    effect: {
      kind: "token_refused",
      text: '{"status":"401","schemes":"bearer","scope":"https://lab.test/mail"}',
    },
    expect: fails("auth_failed", "token_expired", "submission_token"),
  },
  {
    id: "auth_hidden",
    title: "AUTH not offered",
    group: "auth",
    description: "No AUTH in the EHLO reply, with TLS or without.",
    effect: { kind: "ehlo", remove: ["AUTH"], add: [] },
    expect: fails("auth_not_offered", "auth_mechanism_unsupported"),
  },
  {
    id: "auth_foreign",
    title: "Only foreign AUTH mechanisms",
    group: "auth",
    description: "Offers GSSAPI and NTLM, nothing that the client speaks.",
    effect: { kind: "ehlo", remove: ["AUTH"], add: ["AUTH GSSAPI NTLM"] },
    expect: fails("auth_not_offered", "auth_mechanism_unsupported"),
  },
  reply(
    "auth_requires_tls",
    "auth",
    "AUTH requires TLS",
    "auth",
    "538 5.7.11 Encryption required for requested authentication mechanism",
    "auth_requires_tls",
    { expect: fails("auth_failed", "auth_requires_tls", "smtp_clear_auth") },
  ),
  reply(
    "tls_required",
    "auth",
    "TLS required",
    "mail",
    "530 5.7.0 Must issue a STARTTLS command first",
    "tls_required",
    { expect: fails("rejected", "tls_required", "smtp_clear") },
  ),
  reply(
    "sender_not_permitted",
    "auth",
    "Sender not permitted",
    "mail",
    "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
    "sender_not_permitted",
  ),
  reply(
    "relay_denied",
    "auth",
    "Relay denied",
    "rcpt",
    "554 5.7.1 <{to}>: Relay access denied",
    "relay_denied",
  ),
];

const SMTP: readonly FaultSwitch[] = [
  {
    id: "defer",
    title: "4xx at a phase",
    group: "smtp",
    description: "A temporary refusal with the given text at the given phase.",
    effect: { kind: "reply", phase: "mail", text: "451 4.3.0 Temporary lookup failure" },
    options: ["phase", "text"],
    expect: fails("deferred", "server_fault"),
    more: [
      at("banner", "421 4.3.2 All server ports are busy", fails("deferred", "server_busy")),
      at("ehlo", "421 4.3.2 System not accepting network messages", fails("deferred", "server_busy")),
      at("rcpt", "451 4.3.0 <{to}>: Temporary lookup failure", fails("deferred", "server_fault")),
      at("data", "451 4.3.0 Error: queue file write error", fails("deferred", "server_fault")),
      at("body", "451 4.3.0 Error: queue file write error", fails("deferred", "server_fault")),
    ],
  },
  {
    id: "reject",
    title: "5xx at a phase",
    group: "smtp",
    description: "A permanent refusal with the given text at the given phase.",
    effect: { kind: "reply", phase: "data", text: "554 5.7.1 <DATA>: Data command rejected: Access denied" },
    options: ["phase", "text"],
    expect: fails("rejected", "policy_rejected"),
    more: [
      at("banner", "554 No SMTP service here", fails("rejected", "connection_rejected")),
      at(
        "ehlo",
        "550 5.7.1 <{helo}>: Helo command rejected: Host not found",
        fails("rejected", "helo_rejected"),
      ),
      at(
        "mail",
        "553 5.7.1 <{from}>: Sender address rejected: not owned by user probe",
        fails("rejected", "sender_not_permitted"),
      ),
      at(
        "rcpt",
        "550 5.1.1 <{to}>: Recipient address rejected: User unknown",
        fails("rejected", "recipient_unknown"),
      ),
      at("body", "554 5.7.1 Message rejected: spam content", fails("rejected", "content_rejected")),
    ],
  },
  reply(
    "too_many_connections",
    "smtp",
    "Too many connections",
    "banner",
    "421 4.7.0 Too many connections",
    "too_many_connections",
    { close: true },
  ),
  reply(
    "server_busy",
    "smtp",
    "Server busy",
    "banner",
    "421 4.3.2 Service not available, closing transmission channel",
    "server_busy",
    { close: true },
  ),
  reply(
    "connection_rejected",
    "smtp",
    "Rejected at connect",
    "banner",
    "554 5.7.1 Access denied: no service for {client}",
    "connection_rejected",
    { close: true },
  ),
  {
    id: "greylist",
    title: "Greylisting",
    group: "smtp",
    description: "451 for a sender, recipient and client that are new together; accepted after the delay.",
    effect: {
      kind: "greylist",
      delayMs: 300_000,
      text: "451 4.7.1 <{to}>: Recipient address rejected: Greylisted, please try again in 300 seconds",
    },
    options: ["delayMs", "text"],
    expect: { ...fails("deferred", "greylisted"), verdict: "warn" },
  },
  reply(
    "rate_limited",
    "smtp",
    "Rate limited",
    "mail",
    "450 4.7.1 Error: too much mail from {client}",
    "rate_limited",
  ),
  reply(
    "storage_full",
    "smtp",
    "Server's disk full",
    "mail",
    "452 4.3.1 Insufficient system storage",
    "storage_full",
  ),
  reply(
    "mailbox_full",
    "smtp",
    "Mailbox full",
    "rcpt",
    "452 4.2.2 <{to}>: Quota exceeded (mailbox for user is full)",
    "mailbox_full",
  ),
  reply(
    "recipient_unknown",
    "smtp",
    "Unknown recipient",
    "rcpt",
    "550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table",
    "recipient_unknown",
  ),
  reply(
    "recipient_disabled",
    "smtp",
    "Recipient disabled",
    "rcpt",
    "550 5.2.1 The email account that you tried to reach is disabled",
    "recipient_disabled",
  ),
  reply(
    "message_too_large",
    "smtp",
    "Message too large",
    "mail",
    "552 5.3.4 Message size exceeds fixed limit",
    "message_too_large",
  ),
  reply(
    "content_rejected",
    "smtp",
    "Content rejected",
    "body",
    "550 5.7.1 Message rejected as spam by content filtering",
    "content_rejected",
  ),
  reply(
    "spf_failed",
    "smtp",
    "SPF refused",
    "body",
    "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
    "spf_failed",
  ),
  reply(
    "dmarc_failed",
    "smtp",
    "DMARC refused",
    "body",
    "550 5.7.26 Unauthenticated email from lab.test is not accepted due to domain's DMARC policy.",
    "dmarc_failed",
  ),
  reply(
    "sender_unauthenticated",
    "smtp",
    "Sender not authenticated",
    "body",
    "550 5.7.515 Access denied, sending domain lab.test doesn't meet the required authentication level.",
    "sender_unauthenticated",
  ),
  reply(
    "ptr_missing",
    "smtp",
    "No reverse name",
    "body",
    "550 5.7.25 [{client}] The IP address sending this message does not have a PTR record setup, or the corresponding forward DNS entry does not point to the sending IP.",
    "ptr_missing",
  ),
  reply(
    "helo_rejected",
    "smtp",
    "HELO name refused",
    "ehlo",
    "504 5.5.2 <{helo}>: Helo command rejected: need fully-qualified hostname",
    "helo_rejected",
  ),
  reply(
    "blocklisted",
    "smtp",
    "Client blocklisted",
    "rcpt",
    "554 5.7.1 Service unavailable; Client host [{client}] blocked using bl.lab.test; listed for the lab",
    "blocklisted",
  ),
  reply(
    "poor_reputation",
    "smtp",
    "Poor reputation",
    "body",
    "550 5.7.1 [{client}] this message is likely suspicious due to the very low reputation of the sending IP address.",
    "poor_reputation",
  ),
];

function dns(
  mode: DnsMode,
  title: string,
  description: string,
  relay: Omit<FaultExpectation, "probe" | "target">,
  mx: Omit<FaultExpectation, "probe" | "target">,
): FaultSwitch {
  return {
    id: `dns_${mode}`,
    title,
    group: "dns",
    description,
    effect: { kind: "dns", mode, ...(mode === "slow" ? { delayMs: 50 } : {}) },
    ...(mode === "slow" ? { options: ["delayMs"] as const } : {}),
    expect: { probe: "smtp", target: "submission", ...relay },
    more: [{ expect: { probe: "mx", target: "domain", ...mx } }],
  };
}

/** "We could not find out." */
function unsure(fault?: FaultCode): Omit<FaultExpectation, "probe" | "target"> {
  return { verdict: "unknown", cause: "dns_broken", ...(fault === undefined ? {} : { fault }) };
}

function mx(mode: MxMode, title: string, description: string, cause: CauseCode): FaultSwitch {
  return {
    id: `mx_${mode}`,
    title,
    group: "dns",
    description,
    effect: { kind: "mx", mode },
    expect: { probe: "mx", target: "domain", verdict: "fail", cause },
  };
}

const DNS: readonly FaultSwitch[] = [
  dns(
    "nxdomain",
    "NXDOMAIN",
    "No such name.",
    { verdict: "fail", fault: "dns_nxdomain", cause: "dns_broken" },
    { verdict: "fail", cause: "no_mx" },
  ),
  dns(
    "nodata",
    "NODATA",
    "The name exists, without records of that type.",
    { verdict: "fail", fault: "dns_nodata", cause: "dns_broken" },
    { verdict: "fail", cause: "no_mx" },
  ),
  dns(
    "servfail",
    "SERVFAIL",
    "The server failed (EDE 22, no reachable authority).",
    unsure("dns_servfail"),
    unsure(),
  ),
  dns("refused", "REFUSED", "The server refuses to answer us.", unsure("dns_refused"), unsure()),
  dns("timeout", "DNS timeout", "The server never answers.", unsure("dns_timeout"), unsure()),
  dns("malformed", "Malformed answer", "The answer is no DNS message.", unsure("dns_malformed"), unsure()),
  dns(
    "wrong_id",
    "Wrong message id",
    "Answers with a foreign id: to be ignored.",
    unsure("dns_timeout"),
    unsure(),
  ),
  dns(
    "truncated",
    "Truncated answer",
    "UDP answers are truncated; TCP works.",
    { verdict: "pass" },
    { verdict: "pass" },
  ),
  dns("slow", "Slow DNS", "Answers truly, but late.", { verdict: "pass" }, { verdict: "pass" }),
  mx("null_mx", "Null MX", "The domain says that it takes no mail (RFC 7505).", "null_mx"),
  mx("cname", "MX is an alias", "The exchange is a CNAME (RFC 2181 section 10.3).", "mx_invalid"),
  mx("ip_literal", "MX is an address", "The exchange is an IP address in place of a name.", "mx_invalid"),
  mx("no_address", "MX without address", "The exchange has no address record.", "mx_invalid"),
  mx("gone", "No MX", "The domain has neither MX nor address.", "no_mx"),
];

function blocklist(
  mode: BlocklistMode,
  title: string,
  description: string,
  expect: Pick<FaultExpectation, "verdict" | "cause">,
): FaultSwitch {
  return {
    id: `blocklist_${mode}`,
    title,
    group: "blocklist",
    description,
    effect: { kind: "blocklist", mode },
    expect: { probe: "blocklist", target: "address", ...expect },
  };
}

// The list says nothing about the address: neither clean nor listed, and no cause that its owner could act upon.
const SAYS_NOTHING = { verdict: "unknown", cause: "unknown" } as const;

const BLOCKLIST: readonly FaultSwitch[] = [
  blocklist("listed", "Address listed", "The watched address is on the list.", {
    verdict: "fail",
    cause: "blocklisted",
  }),
  blocklist(
    "refused_public_resolver",
    "Public resolver refused",
    "127.255.255.254 to every question.",
    SAYS_NOTHING,
  ),
  blocklist("refused_quota", "Quota exceeded", "127.255.255.255 to every question.", SAYS_NOTHING),
  blocklist("refused_typo", "Zone misspelt", "127.255.255.252 to every question.", SAYS_NOTHING),
  blocklist("dead", "Dead list", "Neither test point is listed (RFC 5782 section 5).", SAYS_NOTHING),
  blocklist(
    "lists_the_world",
    "Lists the world",
    "Every address is listed, both test points too.",
    SAYS_NOTHING,
  ),
  blocklist("outside_127", "Hijacked", "Answers with an address outside 127/8.", SAYS_NOTHING),
  blocklist("servfail", "List fails", "SERVFAIL to every question.", {
    verdict: "unknown",
    cause: "dns_broken",
  }),
  blocklist("refused", "List refuses", "REFUSED to every question.", {
    verdict: "unknown",
    cause: "dns_broken",
  }),
  blocklist("timeout", "List silent", "No answer to any question.", {
    verdict: "unknown",
    cause: "dns_broken",
  }),
];

/** Every fault of the lab. The page's panel, the demo and the table test read this one list. */
export const FAULTS: readonly FaultSwitch[] = [...CONNECTION, ...TLS, ...AUTH, ...SMTP, ...DNS, ...BLOCKLIST];

export function findFault(id: string): FaultSwitch | undefined {
  return FAULTS.find((fault) => fault.id === id);
}

/** One row of the table test: this fault with these options must yield this. */
export interface FaultRow {
  readonly id: string;
  readonly options: FaultOptions;
  readonly expect: FaultExpectation;
}

/** All expectations of the table, each with its own options. */
export function faultRows(): FaultRow[] {
  return FAULTS.flatMap((fault) => [
    { id: fault.id, options: {}, expect: fault.expect },
    ...(fault.more ?? []).map((more) => ({
      id: fault.id,
      options: more.options ?? {},
      expect: more.expect,
    })),
  ]);
}
