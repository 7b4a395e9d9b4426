import type { CauseCode } from "../model/codes.ts";
import type { RelayScheme, Subject } from "../model/subject.ts";

/** What to do about each cause. What stands in braces is put in from the subject: see `Names`. */
const REMEDIES: Readonly<Record<CauseCode, string>> = {
  port_blocked:
    "Try another host from here: `nc -vz {host} 25`, then port 587. If only 25 fails everywhere, ask the hosting provider to open it, or send through port 587 of a relay.",
  firewall:
    "Compare from another network and with both address families: `nc -4vz {host} {port}`, `nc -6vz {host} {port}`. Open the port in the firewall that drops it.",
  server_down:
    "Start the mail server, or correct host and port: `ss -ltnp 'sport = :{port}'` on {host} shows whether anything listens.",
  server_silent:
    "Look at the server's load and at what holds back its answer (DNS look-ups, tarpit, filters); give the probe a longer `timeout` if the delay is intended.",
  connection_rejected:
    "Look for this client's address in the server's access rules and connection log, and on blocklists: `mailgauge blocklist ADDRESS`.",
  not_smtp: "Correct host and port: {authority}:{port} belongs to another service.",
  tls_mode_mismatch:
    "Use `submissions://` for implicit TLS (port 465) and `submission://` or `smtp://` for STARTTLS (587, 25).",
  dns_broken:
    "Ask the resolver for the name and look at the status: `dig {host} A` and `dig {host} AAAA`. Correct the name, the zone or the resolver.",
  no_mx: "Publish an MX record whose target has an address: `{domain}. IN MX 10 mail.{domain}.`",
  null_mx:
    "If the domain should take mail, replace the null MX (`{domain}. IN MX 0 .`) by a real one; otherwise do not send there.",
  mx_invalid:
    "Let each MX name a host that has A or AAAA records itself: no CNAME, no IP address, no empty name.",
  tls_required: "Use STARTTLS: `submission://{authority}`, or set `tls: { starttls: required }`.",
  tls_not_offered:
    "Give the server a certificate and switch STARTTLS on (Postfix: `smtpd_tls_security_level = may`); check with `openssl s_client {starttls}-connect {authority}:{port}`.",
  starttls_stripped:
    "Switch off SMTP inspection on the firewall between here and the server (Cisco: `no inspect esmtp`), or use implicit TLS on port 465, which cannot be stripped.",
  tls_obsolete: "Let the server speak TLS 1.2 and 1.3 (Postfix: `smtpd_tls_protocols = >=TLSv1.2`).",
  certificate_expired:
    "Renew the certificate and reload the mail server; `openssl s_client {starttls}-connect {authority}:{port} </dev/null | openssl x509 -noout -dates` shows what it presents.",
  certificate_not_yet_valid: "Check the clocks of both machines, or install a certificate that is valid now.",
  certificate_name_mismatch:
    "Get a certificate whose subjectAltName holds {host}, or connect by a name that it holds (`tls: { server_name: … }`).",
  certificate_untrusted:
    "Install the whole chain (certificate and intermediates) of a public authority; for a private authority set `tls: { ca: … }`, or `--ca` on the command line.",
  certificate_weak:
    "Issue a new certificate with an RSA key of 2048 bits or a P-256 key, signed with SHA-256.",
  injection:
    "Update the server: it must drop what was buffered before the handshake (CVE-2011-0411). If it is up to date, look for a machine between here and there.",
  wrong_credentials:
    "Correct `auth.username` and the password's source; try them by hand before the account locks.",
  app_password_required:
    "Make an app password in the account's security settings and use it as the password, or use XOAUTH2.",
  basic_auth_disabled:
    "Use OAuth 2.0 (`auth: { access_token: … }`), or allow SMTP AUTH for this mailbox: `Set-CASMailbox USER -SmtpClientAuthenticationDisabled $false`.",
  token_expired: "Get a new access token; let whatever writes it refresh it before it expires.",
  auth_requires_tls:
    "Use STARTTLS or implicit TLS: `submission://{authority}` or `submissions://{authority}`.",
  auth_mechanism_unsupported:
    "Compare what EHLO offers after AUTH with `auth.mechanism`; many servers offer AUTH only on port 587 or 465, under TLS.",
  account_locked:
    "Stop logging in, wait or unlock the account, and change the password where an attack caused the lock.",
  sender_not_permitted:
    "Use a sender address that belongs to the login and is verified there, or grant the login the right to send as it.",
  relay_denied:
    "Log in (`auth`), or add this client's address to the networks that may relay (Postfix: `mynetworks`); for incoming mail check that the server knows the recipient's domain.",
  auth_required: "Set `auth` of the relay: the server takes mail on port {port} only after a login.",
  sender_unauthenticated:
    "Publish SPF for the sending address, sign with DKIM, and let at least one of them be aligned with the From domain.",
  spf_missing: 'Publish SPF: `DOMAIN. IN TXT "v=spf1 ip4:ADDRESS -all"`.',
  spf_failed:
    "Add the sending address to the domain's SPF record (`ip4:`, `ip6:` or the provider's `include:`), within ten look-ups.",
  dkim_missing:
    "Sign outgoing mail with DKIM for the From domain and publish the key at SELECTOR._domainkey.DOMAIN.",
  dkim_failed:
    "Compare the published key with the signing key, and look for whatever changes messages after they are signed.",
  dmarc_missing: 'Publish DMARC: `_dmarc.DOMAIN. IN TXT "v=DMARC1; p=none; rua=mailto:reports@DOMAIN"`.',
  dmarc_failed:
    "Let SPF or DKIM pass for the domain in the From header itself: the same domain, or one below it.",
  ptr_missing:
    "Set a PTR record for the sending address at its provider, to a name whose A or AAAA record points back: `dig -x ADDRESS`.",
  helo_rejected:
    "Greet with a full host name that resolves: set `helo`, now `{helo}`, to the public name of this machine.",
  blocklisted:
    "Find the list in the reply or with `mailgauge blocklist ADDRESS`, stop what caused the listing, then ask for removal at the list.",
  poor_reputation:
    "Send less and only to people who want it, keep complaints low, and look at the receiver's own tools (Postmaster Tools, SNDS).",
  greylisted:
    "Nothing, if the next try passes: retry the same sender and recipient from the same address after some minutes. Otherwise ask to be put on the server's white list.",
  rate_limited:
    "Send more slowly: fewer messages an hour, fewer recipients a message; raise the limit if it is yours.",
  too_many_connections:
    "Open fewer connections at a time and reuse them; raise the limit if it is yours (Postfix: `smtpd_client_connection_count_limit`).",
  server_busy: "Try later; if it lasts, look at the server's load and its number of processes.",
  storage_full: "Free space on the server's queue and mail volumes: `df -h`, `df -i`.",
  recipient_unknown: "Correct the recipient's address, or create the mailbox.",
  mailbox_full: "Empty the recipient's mailbox, or raise its quota.",
  recipient_disabled: "Enable the recipient's mailbox, or take it off the list.",
  message_too_large:
    "Send a smaller message, or raise the limit that EHLO shows as SIZE (Postfix: `message_size_limit`).",
  content_rejected:
    "Look at the reply for the filter's rule; test the message without links and attachments.",
  policy_rejected: "Read the reply and the rules of the server that it points to; ask its postmaster.",
  delivery_late: "Follow the queue id through the relay's log, and look where the message waited.",
  delivery_lost: "Follow the queue id through the relay's log, and look for a bounce and in the spam folder.",
  delivered_to_spam: "Check SPF, DKIM, DMARC and blocklists; if all pass, it is reputation or content.",
  duplicated:
    "Look for a connection lost after the final dot, and for two ways that lead to the same mailbox.",
  open_relay:
    "Close it at once: relay only for your own networks and logins (Postfix: `smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination`).",
  auth_in_clear:
    "Offer AUTH only under TLS (Postfix: `smtpd_tls_auth_only = yes`; Dovecot: `auth_allow_cleartext = no`).",
  credentials_accepted: "Change or revoke the password, and end the sessions that used it.",
  forged_sender_accepted:
    "Bind senders to logins (Postfix: `smtpd_sender_login_maps` with `reject_sender_login_mismatch`), and refuse your own domains from outside.",
  protocol_violation:
    "Look at the transcript (`mailgauge check --debug`): update or repair the server, or whatever filters the connection.",
  server_fault: "Look into the server's log at this moment: the fault is on its side.",
  unknown: "Run `mailgauge check --debug` on it and read the transcript.",
};

export const OWN_LIMIT_REMEDY =
  "Raise `limits.per_destination`, or let fewer runs go to this operator at once by a longer `interval`.";

export const ABORTED_REMEDY = "Run it again: it was stopped before it knew anything about the target.";
export const DEFECT_REMEDY = "Report this defect of Mailgauge; it says nothing about the target.";

/** After a lost final dot (RFC 1047) the message may have been accepted: sending it again may duplicate it. */
export const UNCERTAIN_REMEDY =
  "Look for the message in the server's log before you send it again: it may have been accepted.";

/** The remedy for a cause, in the subject's own names; `host` where the subject itself is no host. */
export function remedyFor(code: CauseCode, subject?: Subject, host?: string): string {
  const names = namesOf(subject, host);
  return REMEDIES[code].replaceAll(
    /\{(host|authority|port|helo|domain|starttls)\}/g,
    (_all, key: keyof Names) => names[key],
  );
}

interface Names {
  readonly host: string;
  /** The host as it stands in a URL or before a port: IPv6 in brackets (RFC 3986 section 3.2.2). */
  readonly authority: string;
  readonly port: string;
  readonly helo: string;
  readonly domain: string;
  readonly starttls: string;
}

function namesOf(subject: Subject | undefined, named: string | undefined): Names {
  if (subject?.kind === "relay") {
    const { host, port, helo, scheme } = subject;
    return { ...ends(host), port: String(port), helo, domain: host, starttls: OPENSSL[scheme] };
  }
  const starttls = OPENSSL.smtp;
  if (subject?.kind === "domain") {
    const { domain, port, helo } = subject;
    return { ...ends(named ?? domain), port: String(port), helo, domain, starttls };
  }
  return { ...ends("HOST"), port: "25", helo: "HELO", domain: "DOMAIN", starttls };
}

function ends(host: string): Pick<Names, "host" | "authority"> {
  return { host, authority: host.includes(":") ? `[${host}]` : host };
}

/** How `openssl s_client` comes to TLS. */
const OPENSSL: Readonly<Record<RelayScheme, string>> = {
  smtp: "-starttls smtp ",
  submission: "-starttls smtp ",
  submissions: "",
  lmtp: "-starttls lmtp ",
};
