/** Phases of an SMTP conversation, in the order in which they happen. `body` is final dot to reply. */
export const SMTP_PHASES = [
  "dns",
  "connect",
  "banner",
  "ehlo",
  "starttls",
  "tls",
  "auth",
  "mail",
  "rcpt",
  "data",
  "body",
  "quit",
] as const;

export type PhaseName = (typeof SMTP_PHASES)[number];

/** What was seen on the wire. Adding a code is fine; renaming one breaks users. */
export const FAULT_CODES = [
  "dns_nxdomain",
  "dns_nodata",
  "dns_servfail",
  "dns_refused",
  "dns_timeout",
  "dns_malformed",
  "connect_refused",
  "connect_timeout",
  "connect_unreachable",
  "closed",
  "reset",
  "timeout",
  "deferred",
  "rejected",
  "protocol_error",
  "limit_exceeded",
  "tls_not_offered",
  "tls_refused",
  "tls_handshake_failed",
  "tls_certificate",
  "auth_not_offered",
  "auth_failed",
  "uncertain",
  "aborted",
  "internal_error",
] as const;

export type FaultCode = (typeof FAULT_CODES)[number];

/**
 * What a fault code leaves open, where the diagnosis needs it: the words of a fault are for people. Adding one is fine;
 * renaming one breaks users.
 */
export const FAULT_DETAILS = [
  /** The deadline passed without a word, as against a connection that was lost. */
  "silence",
  /** A session of ours found no free place in time: the limit is our own. */
  "own_limit",
  // in place of SMTP, and of TLS
  "tls_record",
  "plain_text",
  // why a handshake failed
  "no_common_version",
  "no_common_cipher",
  "weak_key_exchange",
  "weak_certificate",
  "unknown_name",
  "client_certificate_refused",
] as const;

export type FaultDetail = (typeof FAULT_DETAILS)[number];

/** What it means to the person who must act. Adding a code is fine; renaming one breaks users. */
export const CAUSE_CODES = [
  // reach
  "port_blocked",
  "firewall",
  "server_down",
  "server_silent",
  "connection_rejected",
  "not_smtp",
  "tls_mode_mismatch",
  "dns_broken",
  "no_mx",
  "null_mx",
  "mx_invalid",
  // TLS
  "tls_required",
  "tls_not_offered",
  "starttls_stripped",
  "tls_obsolete",
  "certificate_expired",
  "certificate_not_yet_valid",
  "certificate_name_mismatch",
  "certificate_untrusted",
  "certificate_weak",
  "injection",
  // identity
  "wrong_credentials",
  "app_password_required",
  "basic_auth_disabled",
  "token_expired",
  "auth_requires_tls",
  "auth_mechanism_unsupported",
  "account_locked",
  "sender_not_permitted",
  "relay_denied",
  "auth_required",
  // trust
  "sender_unauthenticated",
  "spf_missing",
  "spf_failed",
  "dkim_missing",
  "dkim_failed",
  "dmarc_missing",
  "dmarc_failed",
  "ptr_missing",
  "helo_rejected",
  "blocklisted",
  "poor_reputation",
  // pace
  "greylisted",
  "rate_limited",
  "too_many_connections",
  "server_busy",
  "storage_full",
  // recipient
  "recipient_unknown",
  "mailbox_full",
  "recipient_disabled",
  "message_too_large",
  "content_rejected",
  "policy_rejected",
  // after acceptance
  "delivery_late",
  "delivery_lost",
  "delivered_to_spam",
  "duplicated",
  // accepted what it must refuse
  "open_relay",
  "auth_in_clear",
  "credentials_accepted",
  "forged_sender_accepted",
  // ours
  "protocol_violation",
  "server_fault",
  "unknown",
] as const;

export type CauseCode = (typeof CAUSE_CODES)[number];
