import type { FaultSwitch } from "../fault.ts";
import { fails, reply, type ReplyRow } from "./builders.ts";

const REPLIES: readonly ReplyRow[] = [
  ["wrong_password", "Wrong password", "auth", "535 5.7.8 Error: authentication failed", "wrong_credentials"],
  [
    "app_password_required",
    "App password required",
    "auth",
    "534 5.7.9 Application-specific password required. For more information, go to https://support.google.com/mail/?p=InvalidSecondFactor",
    "app_password_required",
  ],
  [
    "basic_auth_disabled",
    "Basic authentication disabled",
    "auth",
    "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
    "basic_auth_disabled",
  ],
  [
    "account_locked",
    "Account locked",
    "auth",
    "454 4.7.0 Too many login attempts, please try again later.",
    "account_locked",
  ],
  [
    "auth_backend_down",
    "Password database down",
    "auth",
    "454 4.7.0 Temporary authentication failure: Connection lost to authentication server",
    "server_fault",
  ],
  [
    "auth_requires_tls",
    "AUTH requires TLS",
    "auth",
    "538 5.7.11 Encryption required for requested authentication mechanism",
    "auth_requires_tls",
    { target: "smtp_clear_auth" },
  ],
  [
    "tls_required",
    "TLS required",
    "mail",
    "530 5.7.0 Must issue a STARTTLS command first",
    "tls_required",
    { target: "smtp_clear" },
  ],
  [
    "sender_not_permitted",
    "Sender not permitted",
    "mail",
    "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
    "sender_not_permitted",
  ],
  ["relay_denied", "Relay denied", "rcpt", "554 5.7.1 <{to}>: Relay access denied", "relay_denied"],
];

export const AUTH: readonly FaultSwitch[] = [
  ...REPLIES.map((row) => reply("auth", row)),
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
];
