import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CauseCode, PhaseName } from "../../model/codes.ts";
import { classifyReply, REPLY_RULES, type ReplyInContext } from "./classify.ts";

type Sample = readonly [phase: PhaseName | "-", reply: string, cause: CauseCode, rule: string];

/** `550 5.7.1 text | 5.7.1 more` as a reply; `-` is "no phase known". */
function parse(phase: PhaseName | "-", reply: string, serverNames: readonly string[] = []): ReplyInContext {
  const lines = reply.slice(4).split(" | ");
  const enhanced = /^[245]\.\d+\.\d+/.exec(lines[0] ?? "")?.[0];
  return {
    code: Number(reply.slice(0, 3)),
    lines,
    serverNames,
    ...(phase === "-" ? {} : { phase }),
    ...(enhanced === undefined ? {} : { enhanced }),
  };
}

const GOOGLE: readonly Sample[] = [
  [
    "auth",
    "534 5.7.9 Application-specific password required. | 5.7.9 https://support.google.com/mail/?p=InvalidSecondFactor a1 - gsmtp",
    "app_password_required",
    "google_app_password",
  ],
  [
    "auth",
    "534 5.7.14 Please log in via your web browser and then try again. a1 - gsmtp",
    "account_locked",
    "google_web_login",
  ],
  [
    "auth",
    "535 5.7.8 Username and Password not accepted. https://support.google.com/mail/?p=BadCredentials a1 - gsmtp",
    "wrong_credentials",
    "google_bad_credentials",
  ],
  [
    "body",
    "550 5.7.40 Your email has been blocked because the sending domain has no DMARC record. a1 - gsmtp",
    "dmarc_missing",
    "google_dmarc_missing",
  ],
  [
    "body",
    "550 5.7.26 Unauthenticated email from example.com is not accepted due to | 5.7.26 domain's DMARC policy. a1 - gsmtp",
    "dmarc_failed",
    "google_dmarc_policy",
  ],
  [
    "body",
    "421 4.7.32 Your email has been rate limited because the From: header cannot be checked. a1 - gsmtp",
    "dmarc_failed",
    "google_alignment",
  ],
  [
    "body",
    "550 5.7.27 Your email has been blocked because SPF authentication didn't pass. a1 - gsmtp",
    "spf_failed",
    "google_spf",
  ],
  [
    "body",
    "550 5.7.24 The SPF record of the sending domain has suspicious entries. a1 - gsmtp",
    "spf_failed",
    "google_spf_record",
  ],
  [
    "body",
    "550 5.7.30 Your email has been blocked because DKIM authentication didn't pass. a1 - gsmtp",
    "dkim_failed",
    "google_dkim",
  ],
  [
    "body",
    "421 4.7.29 Your email has been rate limited because it was not sent over a TLS connection. a1 - gsmtp",
    "tls_required",
    "google_no_tls",
  ],
  [
    "body",
    "550 5.7.25 The sending IP does not have a PTR record setup. a1 - gsmtp",
    "ptr_missing",
    "google_ptr",
  ],
  [
    "body",
    "550 5.7.1 Our system has detected that this message does not meet IPv6 sending guidelines regarding records. a1 - gsmtp",
    "ptr_missing",
    "google_ipv6_guidelines",
  ],
  [
    "body",
    "550 5.7.26 This mail has been blocked because the sender is unauthenticated. a1 - gsmtp",
    "sender_unauthenticated",
    "google_unauthenticated",
  ],
  [
    "body",
    "550 5.7.28 Our system has detected an unusual rate of unsolicited mail; mail from your IP address has been blocked. a1 - gsmtp",
    "blocklisted",
    "google_rate_blocked",
  ],
  [
    "body",
    "421 4.7.28 Gmail has detected an unusual rate of mail. a1 - gsmtp",
    "rate_limited",
    "google_rate",
  ],
  [
    "body",
    "550 5.7.1 [192.0.2.1] this message is suspicious due to the very low | 5.7.1 reputation of the sending domain. a1 - gsmtp",
    "poor_reputation",
    "google_reputation",
  ],
  [
    "body",
    "550 5.7.1 Our system has detected that this message is likely unsolicited mail. a1 - gsmtp",
    "poor_reputation",
    "google_unsolicited",
  ],
  [
    "rcpt",
    "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents delivery. a1 - gsmtp",
    "rate_limited",
    "google_recipient_rate",
  ],
  ["rcpt", "550 5.4.5 Daily user sending limit exceeded. a1 - gsmtp", "rate_limited", "google_sending_limit"],
  [
    "rcpt",
    "421 4.7.0 TLS required for RCPT domain, closing connection. a1 - gsmtp",
    "tls_required",
    "google_tls_for_domain",
  ],
  [
    "mail",
    "550 5.7.0 Mail relay denied [192.0.2.1]. Invalid credentials for relay. a1 - gsmtp",
    "relay_denied",
    "google_relay",
  ],
  [
    "body",
    "552 5.7.0 This message was blocked because its content presents a potential | 5.7.0 security issue. a1 - gsmtp",
    "content_rejected",
    "google_security_issue",
  ],
  [
    "body",
    "550 5.7.1 This message is not RFC 5322 compliant, it has several From headers. a1 - gsmtp",
    "content_rejected",
    "google_message_format",
  ],
  [
    "rcpt",
    "421 4.7.0 Connection expired, try reconnecting. a1 - gsmtp",
    "server_busy",
    "google_connection_expired",
  ],
  ["banner", "421 4.7.0 Try again later, closing connection. a1 - gsmtp", "rate_limited", "google_try_again"],
  [
    "rcpt",
    "550 5.1.1 The email account that you tried to reach does not exist. a1 - gsmtp",
    "recipient_unknown",
    "recipient_unknown",
  ],
  [
    "rcpt",
    "452 4.2.2 The email account that you tried to reach is over quota. a1 - gsmtp",
    "mailbox_full",
    "mailbox_full",
  ],
  [
    "rcpt",
    "550 5.2.1 The email account that you tried to reach is inactive. a1 - gsmtp",
    "recipient_disabled",
    "recipient_disabled",
  ],
  [
    "body",
    "552 5.3.4 Your message exceeded Google's message size limits. a1 - gsmtp",
    "message_too_large",
    "message_too_large",
  ],
];

const MICROSOFT: readonly Sample[] = [
  [
    "auth",
    "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect. [X.prod.outlook.com]",
    "wrong_credentials",
    "microsoft_wrong_password",
  ],
  [
    "auth",
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. https://aka.ms/smtp_auth_disabled",
    "basic_auth_disabled",
    "microsoft_basic_auth",
  ],
  [
    "auth",
    "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria. [X.prod.outlook.com]",
    "basic_auth_disabled",
    "microsoft_basic_auth_code",
  ],
  [
    "mail",
    "530 5.7.57 Client was not known to send mail. [X.prod.outlook.com]",
    "auth_required",
    "microsoft_not_authenticated",
  ],
  [
    "body",
    "554 5.2.252 SendAsDenied; probe@example.com not allowed to send as x@example.com [X.prod.outlook.com]",
    "sender_not_permitted",
    "microsoft_send_as",
  ],
  [
    "mail",
    "550 5.7.60 SMTP; not this sender [X.prod.outlook.com]",
    "sender_not_permitted",
    "microsoft_send_as_code",
  ],
  [
    "body",
    "550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains. [X.prod.outlook.com]",
    "sender_not_permitted",
    "microsoft_unregistered_domain",
  ],
  [
    "mail",
    "550 5.1.8 Access denied, bad outbound sender. [X.prod.outlook.com]",
    "account_locked",
    "microsoft_bad_outbound_sender",
  ],
  [
    "body",
    "550 5.7.705 Access denied, tenant has exceeded threshold. [X.prod.outlook.com]",
    "rate_limited",
    "microsoft_tenant_threshold",
  ],
  ["rcpt", "550 5.7.64 TenantAttribution; not ours [X.prod.outlook.com]", "relay_denied", "microsoft_relay"],
  [
    "mail",
    "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Part of their network is on our block list (S3150). https://postmaster.live.com hotmail",
    "blocklisted",
    "microsoft_block_list",
  ],
  [
    "rcpt",
    "550 5.7.606 Access denied, banned sender [192.0.2.1]. [X.prod.outlook.com]",
    "blocklisted",
    "microsoft_block_code",
  ],
  [
    "rcpt",
    "550 5.7.513 Service unavailable, client host blocked by example.com. [X.prod.outlook.com]",
    "policy_rejected",
    "microsoft_customer_block_list",
  ],
  [
    "mail",
    "550 DY-001 Mail rejected by hotmail: dynamic IP address.",
    "ptr_missing",
    "microsoft_dynamic_address",
  ],
  [
    "mail",
    "451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation. [X.prod.outlook.com]",
    "poor_reputation",
    "microsoft_ip_reputation",
  ],
  [
    "mail",
    "550 SC-001 Mail rejected by hotmail for policy reasons.",
    "poor_reputation",
    "microsoft_policy_reputation",
  ],
  [
    "rcpt",
    "451 4.7.500 Server busy. Please try again later from [192.0.2.1]. [X.prod.outlook.com]",
    "rate_limited",
    "microsoft_rate",
  ],
  [
    "banner",
    "421 RP-001 The mail server connecting to hotmail has exceeded what is allowed.",
    "rate_limited",
    "microsoft_rate_text",
  ],
  [
    "body",
    "432 4.3.2 Concurrent connections limit exceeded. https://aka.ms/concurrent_sending",
    "too_many_connections",
    "microsoft_concurrency",
  ],
  [
    "body",
    "550 5.7.509 Access denied, sending domain does not pass verification. [X.prod.outlook.com]",
    "dmarc_failed",
    "microsoft_dmarc",
  ],
  [
    "body",
    "550 5.7.515 Access denied, sending domain example.com doesn't meet the level. [X.prod.outlook.com]",
    "sender_unauthenticated",
    "microsoft_unauthenticated",
  ],
  ["ehlo", "550 5.7.506 Access denied. [X.prod.outlook.com]", "helo_rejected", "microsoft_helo"],
  [
    "rcpt",
    "550 5.7.510 Access denied, the recipient does not take email over IPv6. [X.prod.outlook.com]",
    "policy_rejected",
    "microsoft_no_ipv6",
  ],
  [
    "body",
    "550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant. [X.prod.outlook.com]",
    "content_rejected",
    "microsoft_format",
  ],
  [
    "rcpt",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found [X.prod.outlook.com]",
    "recipient_unknown",
    "microsoft_recipient_not_found",
  ],
  [
    "rcpt",
    "550 5.4.1 Recipient address rejected: Access denied. [X.prod.outlook.com]",
    "recipient_unknown",
    "microsoft_edge_blocking",
  ],
  [
    "rcpt",
    "550 5.7.133 Sender not among those allowed for the group. [X.prod.outlook.com]",
    "policy_rejected",
    "microsoft_restricted_recipient",
  ],
  [
    "-",
    "451 4.7.321 starttls-not-supported: destination must support TLS. [X.prod.outlook.com]",
    "tls_not_offered",
    "microsoft_their_starttls",
  ],
  [
    "-",
    "451 4.7.322 certificate-expired: destination mail server's certificate is expired. [X.prod.outlook.com]",
    "certificate_expired",
    "microsoft_their_expiry",
  ],
  [
    "-",
    "451 4.7.325 certificate-host-mismatch: no match. [X.prod.outlook.com]",
    "certificate_name_mismatch",
    "microsoft_their_name",
  ],
  [
    "-",
    "451 4.7.323 tlsa-invalid: the domain failed the check. [X.prod.outlook.com]",
    "certificate_untrusted",
    "microsoft_their_dane",
  ],
];

const YAHOO: readonly Sample[] = [
  [
    "banner",
    "553 5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred; see https://postmaster.yahooinc.com",
    "poor_reputation",
    "yahoo_permanent_deferral",
  ],
  [
    "mail",
    "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred; see https://postmaster.yahooinc.com",
    "poor_reputation",
    "yahoo_deferral",
  ],
  [
    "banner",
    "553 5.7.1 [BL21] Connections not accepted; see https://postmaster.yahooinc.com",
    "blocklisted",
    "yahoo_block",
  ],
  [
    "body",
    "554 5.7.9 Message not accepted for policy reasons: DMARC. See https://postmaster.yahooinc.com",
    "dmarc_failed",
    "yahoo_dmarc",
  ],
  [
    "body",
    "550 5.7.9 This mail has been blocked because the sender is unauthenticated. Yahoo requires it.",
    "sender_unauthenticated",
    "yahoo_unauthenticated",
  ],
  [
    "body",
    "550 5.7.9 This mail has been blocked. See https://senders.yahooinc.com",
    "sender_unauthenticated",
    "yahoo_unauthenticated_code",
  ],
  [
    "body",
    "554 5.7.9 Message not accepted for policy reasons. [PH01] See https://postmaster.yahooinc.com",
    "policy_rejected",
    "yahoo_policy",
  ],
  [
    "mail",
    "421 Max message per connection reached, closing transmission channel. yahoo",
    "rate_limited",
    "yahoo_per_connection",
  ],
  ["auth", "535 5.7.0 (#AUTH005) Too many bad auth attempts. yahoo", "account_locked", "yahoo_auth_locked"],
  [
    "rcpt",
    "554 delivery error: dd This user doesn't have a yahoo.com account (x@yahoo.com)",
    "recipient_unknown",
    "yahoo_no_account",
  ],
  [
    "mail",
    "451 Resources temporarily not available - Please try again later [#4.16.5]. yahoo",
    "server_busy",
    "yahoo_resources",
  ],
];

const IDENTITY: readonly Sample[] = [
  ["auth", "535 5.7.8 Use an app-specific password.", "app_password_required", "app_password"],
  [
    "auth",
    "550 5.7.30 Basic authentication is not supported for Client Submission.",
    "basic_auth_disabled",
    "basic_auth",
  ],
  ["auth", "535 5.7.8 Error: access token expired", "token_expired", "token_expired"],
  ["auth", "454 4.7.0 Too many login attempts, please try again later.", "account_locked", "account_locked"],
  ["auth", "535 5.7.8 Account temporarily locked", "account_locked", "account_locked"],
  ["auth", "530 5.7.0 Must issue a STARTTLS command first", "auth_requires_tls", "auth_needs_tls"],
  [
    "auth",
    "535 5.7.8 Authentication mechanism not supported",
    "auth_mechanism_unsupported",
    "auth_mechanism",
  ],
  ["auth", "503 5.5.1 Error: authentication not enabled", "auth_mechanism_unsupported", "auth_mechanism"],
  [
    "auth",
    "454 4.7.0 Temporary authentication failure: Connection lost to authentication server",
    "server_fault",
    "auth_backend",
  ],
  ["auth", "535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6", "wrong_credentials", "auth_failed"],
  ["auth", "535 Incorrect authentication data", "wrong_credentials", "auth_failed"],
  ["auth", "535 5.7.3 Authentication unsuccessful", "wrong_credentials", "auth_failed"],
  ["auth", "535 5.7.0 authentication failed", "wrong_credentials", "auth_failed"],
  ["mail", "530 5.7.0 Must issue a STARTTLS command first", "tls_required", "tls_required"],
  ["rcpt", "450 4.7.1 Session encryption is required", "tls_required", "tls_required"],
  ["mail", "530 5.7.1 Authentication required", "auth_required", "auth_required"],
  [
    "mail",
    "530 5.7.57 Client was not authenticated to send anonymous mail during MAIL FROM",
    "auth_required",
    "auth_required",
  ],
  [
    "rcpt",
    "553 5.7.1 <a@example.com>: Sender address rejected: not owned by user probe",
    "sender_not_permitted",
    "sender_not_owned",
  ],
  [
    "body",
    "554 Message rejected: Email address is not verified.",
    "sender_not_permitted",
    "sender_not_owned",
  ],
  [
    "body",
    "550 The from address does not match a verified Sender Identity.",
    "sender_not_permitted",
    "sender_not_owned",
  ],
  [
    "mail",
    "553 5.1.8 Domain of sender address a@example.com does not resolve",
    "sender_not_permitted",
    "sender_domain",
  ],
  [
    "rcpt",
    "550 5.1.8 <a@example.com>: Sender address rejected: Domain not found",
    "sender_not_permitted",
    "sender_domain",
  ],
  ["rcpt", "550 Sender verify failed", "sender_not_permitted", "sender_domain"],
  ["rcpt", "554 5.7.1 <a@example.com>: Relay access denied", "relay_denied", "relay_denied"],
  ["rcpt", "550 relay not permitted", "relay_denied", "relay_denied"],
  ["rcpt", "550 5.7.1 Unable to relay", "relay_denied", "relay_denied"],
  [
    "rcpt",
    "550 5.7.1 <a@example.com>... Relaying denied. Proper authentication required.",
    "auth_required",
    "auth_required",
  ],
  [
    "rcpt",
    "554 5.7.1 <client.example[192.0.2.1]>: Client host rejected: Access denied",
    "relay_denied",
    "client_host_rejected",
  ],
];

const TRUST: readonly Sample[] = [
  [
    "rcpt",
    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
    "blocklisted",
    "blocked_using",
  ],
  ["banner", "554 Your IP is listed in our DNSBL", "blocklisted", "blocked_using"],
  ["banner", "550 5.7.1 Rejected: 192.0.2.1 is on a blacklist", "blocklisted", "blocked_using"],
  ["rcpt", "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]", "ptr_missing", "ptr"],
  ["banner", "554 5.7.1 No reverse DNS for 192.0.2.1", "ptr_missing", "ptr"],
  [
    "ehlo",
    "504 5.5.2 <probe>: Helo command rejected: need fully-qualified hostname",
    "helo_rejected",
    "helo",
  ],
  ["ehlo", "501 Syntactically invalid EHLO argument(s)", "helo_rejected", "helo"],
  ["body", "550 5.7.1 No DMARC record found", "dmarc_missing", "dmarc_missing"],
  ["body", "550 5.7.1 Rejected by DMARC policy of example.com", "dmarc_failed", "dmarc"],
  ["rcpt", "550 5.7.1 Mail rejected: no SPF record", "spf_missing", "spf_missing"],
  [
    "mail",
    "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
    "spf_failed",
    "spf",
  ],
  ["rcpt", "550 5.7.1 SPF fail for example.com", "spf_failed", "spf"],
  ["body", "550 5.7.1 Missing DKIM signature", "dkim_missing", "dkim_missing"],
  ["body", "550 5.7.20 DKIM verification did not pass", "dkim_failed", "dkim"],
  [
    "body",
    "550 5.7.515 Access denied, sending domain example.com doesn't meet the required authentication level.",
    "sender_unauthenticated",
    "unauthenticated",
  ],
  ["banner", "554 Connection refused: bad reputation", "poor_reputation", "reputation"],
];

const PACE: readonly Sample[] = [
  [
    "rcpt",
    "451 4.7.1 <a@example.com>: Recipient address rejected: Greylisted, please try again in 300 seconds",
    "greylisted",
    "greylisted",
  ],
  ["data", "450 4.2.0 graylisting in effect", "greylisted", "greylisted"],
  ["rcpt", "451 4.3.0 Try again in 120 seconds", "greylisted", "greylisted_by_time"],
  ["banner", "421 4.7.0 Too many connections", "too_many_connections", "too_many_connections"],
  [
    "banner",
    "421 Too many concurrent SMTP connections from this IP address",
    "too_many_connections",
    "too_many_connections",
  ],
  ["mail", "450 4.7.1 Error: too much mail from 192.0.2.1", "rate_limited", "rate_limited"],
  ["body", "454 Throttling failure: Daily message quota exceeded.", "rate_limited", "rate_limited"],
  ["mail", "452 4.3.1 Insufficient system storage", "storage_full", "storage_full"],
  ["banner", "421 4.3.2 All server ports are busy", "server_busy", "server_busy"],
  ["ehlo", "421 4.3.2 System not accepting network messages", "server_busy", "server_busy"],
  ["mail", "451 4.3.0 Temporary lookup failure", "server_fault", "temporary_lookup"],
  ["body", "451 4.3.0 Error: queue file write error", "server_fault", "temporary_lookup"],
];

const RECIPIENTS: readonly Sample[] = [
  [
    "rcpt",
    "452 4.2.2 <a@example.com>: Quota exceeded (mailbox for user is full)",
    "mailbox_full",
    "mailbox_full",
  ],
  ["body", "552 5.2.2 Mailbox is full", "mailbox_full", "mailbox_full"],
  [
    "rcpt",
    "550 5.2.1 The email account that you tried to reach is disabled",
    "recipient_disabled",
    "recipient_disabled",
  ],
  ["rcpt", "550 5.2.1 Mailbox disabled, not accepting messages", "recipient_disabled", "recipient_disabled"],
  ["rcpt", "556 5.1.10 Recipient domain does not accept mail: null MX", "null_mx", "null_mx"],
  [
    "rcpt",
    "550 5.1.1 <a@example.com>: Recipient address rejected: User unknown in virtual mailbox table",
    "recipient_unknown",
    "recipient_unknown",
  ],
  ["rcpt", "550 Unrouteable address", "recipient_unknown", "recipient_unknown"],
  ["rcpt", "550 5.1.1 <a@example.com>... User unknown", "recipient_unknown", "recipient_unknown"],
  ["rcpt", "550 No such user here", "recipient_unknown", "recipient_unknown"],
  ["mail", "552 5.3.4 Message size exceeds fixed limit", "message_too_large", "message_too_large"],
  ["body", "552 Message too large", "message_too_large", "message_too_large"],
  ["body", "554 5.7.1 Message rejected: spam content", "content_rejected", "content"],
  ["body", "550 5.7.1 Message rejected as spam by content filtering", "content_rejected", "content"],
  ["body", "554 5.4.6 Too many hops", "server_fault", "mail_loop"],
  ["data", "554 5.7.1 <DATA>: Data command rejected: Access denied", "policy_rejected", "policy"],
];

/** Replies whose words say nothing. */
const CODES: readonly Sample[] = [
  ["rcpt", "550 5.1.10 no", "null_mx", "x_1_10"],
  ["mail", "550 5.1.8 no", "sender_not_permitted", "x_1_8"],
  ["rcpt", "550 5.1.1 no", "recipient_unknown", "x_1"],
  ["rcpt", "550 5.2.1 no", "recipient_disabled", "x_2_1"],
  ["rcpt", "452 4.2.2 no", "mailbox_full", "x_2_2"],
  ["mail", "552 5.3.4 no", "message_too_large", "x_2_3"],
  ["mail", "452 4.3.1 no", "storage_full", "x_3_1"],
  ["banner", "421 4.3.2 no", "server_busy", "x_3_2"],
  ["mail", "451 4.3.5 no", "server_fault", "x_3"],
  ["mail", "451 4.4.1 no", "server_fault", "x_4"],
  ["rcpt", "452 4.5.3 no", "rate_limited", "x_5_3"],
  ["auth", "504 5.5.4 no", "auth_mechanism_unsupported", "x_5_auth"],
  ["mail", "501 5.5.4 no", "protocol_violation", "x_5"],
  ["body", "554 5.6.0 no", "content_rejected", "x_6"],
  ["auth", "535 5.7.8 no", "wrong_credentials", "x_7_8"],
  ["auth", "534 5.7.9 no", "auth_mechanism_unsupported", "x_7_9"],
  ["mail", "523 5.7.10 no", "tls_required", "x_7_10"],
  ["auth", "538 5.7.11 no", "auth_requires_tls", "x_7_11"],
  ["auth", "432 4.7.12 no", "wrong_credentials", "x_7_12"],
  ["auth", "525 5.7.13 no", "account_locked", "x_7_13"],
  ["rcpt", "551 5.7.17 no", "recipient_unknown", "x_7_17"],
  ["body", "550 5.7.21 no", "dkim_failed", "x_7_20"],
  ["mail", "550 5.7.23 no", "spf_failed", "x_7_23"],
  ["body", "550 5.7.25 no", "ptr_missing", "x_7_25"],
  ["body", "550 5.7.26 no", "sender_unauthenticated", "x_7_26"],
  ["mail", "550 5.7.27 no", "sender_not_permitted", "x_7_27"],
  ["mail", "450 4.7.28 no", "rate_limited", "x_7_28"],
  ["body", "550 5.7.29 no", "sender_unauthenticated", "x_7_29"],
  ["mail", "530 5.7.57 no", "auth_required", "x_7_57"],
  ["body", "554 5.7.1 no", "policy_rejected", "x_7_1_content"],
  ["rcpt", "554 5.7.1 no", "relay_denied", "x_7_1_rcpt"],
  ["banner", "554 no", "connection_rejected", "banner_5xx"],
  ["banner", "421 no", "server_busy", "early_4xx"],
  ["ehlo", "550 no", "helo_rejected", "ehlo_5xx"],
  ["starttls", "454 4.7.0 no", "server_fault", "starttls_4xx"],
  ["starttls", "554 no", "tls_not_offered", "starttls_5xx"],
  ["auth", "535 no", "wrong_credentials", "auth_535"],
  ["auth", "534 no", "auth_mechanism_unsupported", "auth_534"],
  ["auth", "538 no", "auth_requires_tls", "auth_538"],
  ["auth", "530 no", "auth_requires_tls", "auth_530"],
  ["auth", "504 no", "auth_mechanism_unsupported", "auth_50x"],
  ["auth", "432 no", "wrong_credentials", "auth_432"],
  ["auth", "454 no", "server_fault", "auth_4xx"],
  ["auth", "550 no", "wrong_credentials", "auth_5xx"],
  ["mail", "530 no", "auth_required", "code_530"],
  ["rcpt", "556 no", "null_mx", "code_556"],
  ["mail", "521 no", "connection_rejected", "code_521"],
  ["data", "421 no", "server_busy", "code_421"],
  ["rcpt", "451 no", "greylisted", "rcpt_45x"],
  ["mail", "452 no", "storage_full", "code_452"],
  ["body", "451 no", "server_fault", "code_45x"],
  ["mail", "552 no", "message_too_large", "mail_552"],
  ["rcpt", "552 no", "mailbox_full", "rcpt_552"],
  ["mail", "553 no", "sender_not_permitted", "mail_553"],
  ["rcpt", "550 no", "recipient_unknown", "rcpt_55x"],
  ["data", "503 no", "protocol_violation", "code_50x"],
  ["body", "554 no", "content_rejected", "body_55x"],
  ["data", "554 no", "policy_rejected", "code_5xx"],
];

/** A line from a log or a bounce: nobody says at which command it came. */
const WITHOUT_PHASE: readonly Sample[] = [
  [
    "-",
    "550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy.",
    "dmarc_failed",
    "dmarc",
  ],
  ["-", "535 5.7.8 no", "wrong_credentials", "x_7_8"],
  ["-", "554 5.7.1 <a@example.com>: Relay access denied", "relay_denied", "relay_denied"],
  ["-", "454 4.7.0 Temporary authentication failure", "server_fault", "auth_backend"],
  ["-", "550 5.1.1 User unknown", "recipient_unknown", "recipient_unknown"],
];

const SAMPLES = [
  ...GOOGLE,
  ...MICROSOFT,
  ...YAHOO,
  ...IDENTITY,
  ...TRUST,
  ...PACE,
  ...RECIPIENTS,
  ...CODES,
  ...WITHOUT_PHASE,
];

describe("classifyReply", () => {
  it.each(SAMPLES)("%s: %s", (phase, reply, cause, rule) => {
    expect(classifyReply(parse(phase, reply))).toMatchObject({ cause, rule });
  });

  it("has a sample for each rule, and each rule its own name", () => {
    const ids = REPLY_RULES.map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    const sampled = new Set(SAMPLES.map(([, , , rule]) => rule));
    expect(ids.filter((id) => !sampled.has(id))).toEqual([]);
  });

  it.each([
    ["gmail-smtp-in.l.google.com", "dkim_failed", "google"],
    ["mx.outlook.com", "basic_auth_disabled", "microsoft"],
    ["mx.example.com", "tls_required", undefined],
  ])("reads 5.7.30 from %s as %s", (host, cause, provider) => {
    const found = classifyReply(parse("-", "550 5.7.30 no", [host]));
    expect(found?.cause).toBe(cause);
    expect(found?.provider).toBe(provider);
  });

  it.each([220, 250, 354, 600, 0])("says nothing about %d", (code) => {
    expect(classifyReply({ code, lines: ["blocked using a list"] })).toBeUndefined();
  });

  it("finds a sentence that the server broke over lines", () => {
    const lines = ["5.7.1 Client host rejected: cannot find", "5.7.1 your", "5.7.1 hostname"];
    expect(classifyReply({ phase: "rcpt", code: 450, enhanced: "5.7.1", lines })?.cause).toBe("ptr_missing");
  });

  it("stays quick and total on hostile text", () => {
    const word = fc.constantFrom("exceed", " ", "helo ", "token", "account", "not ", "a", "relay", "1");
    fc.assert(
      fc.property(
        fc.array(
          fc.array(word, { maxLength: 3000 }).map((words) => words.join("")),
          { maxLength: 4 },
        ),
        fc.integer({ min: 400, max: 599 }),
        (lines, code) => {
          const found = classifyReply({ phase: "body", code, lines });
          expect(found?.rule).toBeTypeOf("string");
        },
      ),
      { numRuns: 200 },
    );
  });
});
