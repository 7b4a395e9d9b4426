import { Secret } from "../model/secret.ts";
import type { Address, Credentials, Relay, Route, TlsSettings } from "../model/subject.ts";
import type { Mailbox, MailboxScheme, WatchedDomain } from "./config.ts";
import type { Filled, FilledMailbox, FilledRelay } from "./filled.ts";
import { relayUrl } from "./filled.ts";
import { toDomain } from "./host.ts";
import type { Complaint } from "./issues.ts";
import { wrong } from "./issues.ts";
import type { Outside } from "./outside.ts";
import type { Path } from "./problem.ts";
import { belongTogether, certificateComplaint, privateKeyComplaint } from "./pem.ts";
import { readPem } from "./pem-file.ts";
import { Reference } from "./references.ts";
import { MAILBOX_SCHEMES, parseServiceUrl } from "./service-url.ts";

/** Where what is wrong with a file beside the configuration goes. */
type Complain = (complaint: Complaint) => void;

export function relaysOf(filled: Filled, outside: Outside, complain: Complain): Relay[] {
  return filled.relays.map((relay, i) => {
    const { scheme, host, port } = relayUrl(relay.url);
    return {
      kind: "relay",
      name: relay.name,
      labels: relay.labels,
      scheme,
      host,
      port,
      helo: relay.helo,
      from: relay.from,
      to: relay.to,
      ...(relay.auth === undefined ? {} : { auth: credentialsOf(relay.auth) }),
      tls: tlsOf(relay.tls, ["relays", i, "tls"], outside, complain),
      ...(relay.source_address === undefined ? {} : { sourceAddress: relay.source_address }),
      ...(relay.family === undefined ? {} : { family: relay.family }),
    };
  });
}

export function domainsOf(filled: Filled): WatchedDomain[] {
  return filled.domains.map((domain) => ({
    kind: "domain",
    name: domain.name,
    labels: domain.labels,
    domain: domain.domain,
    helo: domain.helo,
    port: domain.port,
    dkimSelectors: domain.dkim_selectors,
    sendsVia: domain.sends_via,
  }));
}

export function addressesOf(filled: Filled): Address[] {
  return filled.addresses.map(({ name, address, labels }) => ({ kind: "address", name, address, labels }));
}

export function mailboxesOf(filled: Filled, outside: Outside, complain: Complain): Mailbox[] {
  return filled.mailboxes.map((mailbox, i) => {
    const url = parseServiceUrl<MailboxScheme>(mailbox.url, MAILBOX_SCHEMES);
    if (typeof url === "string") throw new TypeError(`not a mailbox's URL: ${url}`);
    return {
      name: mailbox.name,
      labels: mailbox.labels,
      address: mailbox.address,
      ...url,
      ...(mailbox.auth === undefined ? {} : { auth: credentialsOf(mailbox.auth) }),
      tls: tlsOf(mailbox.tls, ["mailboxes", i, "tls"], outside, complain),
    };
  });
}

export function routesOf(filled: Filled): Route[] {
  return filled.routes.map(({ name, labels, relay, mailbox }) => ({
    kind: "route",
    name,
    labels,
    relay,
    mailbox,
  }));
}

function credentialsOf(auth: NonNullable<FilledRelay["auth"]>): Credentials {
  const { username, password, access_token: token, mechanism } = auth;
  return {
    username: typeof username === "string" ? username : "",
    ...(password === undefined || password instanceof Reference ? {} : { password }),
    ...(token === undefined || token instanceof Reference ? {} : { accessToken: token }),
    ...(mechanism === undefined ? {} : { mechanism }),
    allowCleartext: auth.allow_cleartext,
  };
}

function tlsOf(
  tls: FilledRelay["tls"] | FilledMailbox["tls"],
  at: Path,
  outside: Outside,
  complain: Complain,
): TlsSettings {
  const pem = (
    name: "ca" | "cert" | "key",
    complaintOf: (pem: string) => string | undefined,
  ): string | undefined => {
    const path = tls[name];
    if (path === undefined) return undefined;
    const answer = readPem(outside, path, complaintOf);
    if ("text" in answer) return answer.text;
    complain(wrong([...at, name], answer.message, answer.remedy));
    return undefined;
  };
  const [ca, cert, key] = [
    pem("ca", certificateComplaint),
    pem("cert", certificateComplaint),
    pem("key", privateKeyComplaint),
  ];
  if (cert !== undefined && key !== undefined && !belongTogether(cert, key)) {
    complain(
      wrong(
        [...at, "key"],
        `${tls.key} is not the key of the certificate in ${tls.cert}`,
        "name the two that belong together",
      ),
    );
  }
  return {
    ...(tls.server_name === undefined ? {} : { serverName: toDomain(tls.server_name) ?? tls.server_name }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key: new Secret(key) }),
    ...(tls.min_version === undefined ? {} : { minVersion: tls.min_version }),
    verify: tls.verify,
    ...("starttls" in tls && tls.starttls !== undefined ? { starttls: tls.starttls } : {}),
  };
}
