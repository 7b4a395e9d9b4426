import type { CauseCode } from "../../src/model/codes.ts";
import { REPLY_RULES } from "../../src/standards/smtp/classify.ts";

/** What any conversation with a server can come to, whatever it is about. */
export const CONVERSATION_CAUSES: readonly CauseCode[] = [
  "port_blocked",
  "firewall",
  "server_down",
  "server_silent",
  "connection_rejected",
  "not_smtp",
  "tls_mode_mismatch",
  "dns_broken",
  "tls_not_offered",
  "starttls_stripped",
  "tls_obsolete",
  "certificate_expired",
  "certificate_not_yet_valid",
  "certificate_name_mismatch",
  "certificate_untrusted",
  "certificate_weak",
  "injection",
  "protocol_violation",
  "server_fault",
  "unknown",
];

/** What a refusal can mean, by the tables. */
export const REPLY_CAUSES: readonly CauseCode[] = [...new Set(REPLY_RULES.map((rule) => rule.cause))];
