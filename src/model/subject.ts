import type { Secret } from "./secret.ts";

/** How a relay is spoken to. `smtp`: STARTTLS when offered; `submission`: STARTTLS required; `submissions`: implicit TLS. */
export type RelayScheme = "smtp" | "submission" | "submissions" | "lmtp";

export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

export type SaslMechanism =
  | "PLAIN"
  | "LOGIN"
  | "CRAM-MD5"
  | "SCRAM-SHA-1"
  | "SCRAM-SHA-256"
  | "XOAUTH2"
  | "OAUTHBEARER"
  | "EXTERNAL";

export interface Credentials {
  readonly username: string;
  readonly password?: Secret;
  /** OAuth 2.0 bearer token, for XOAUTH2 and OAUTHBEARER. */
  readonly accessToken?: Secret;
  /** Forces one mechanism; otherwise the strongest that the server offers and the secret allows. */
  readonly mechanism?: SaslMechanism;
  /** AUTH over a connection without TLS. Off by default: the password would cross the network in the clear. */
  readonly allowCleartext?: boolean;
}

export interface TlsSettings {
  /** Name for SNI and for the certificate check; the host of the URL otherwise. */
  readonly serverName?: string;
  /** PEM text of certificate authorities that replace the system's. */
  readonly ca?: string;
  /** PEM text of the client certificate, for AUTH EXTERNAL. */
  readonly cert?: string;
  readonly key?: Secret;
  readonly minVersion?: TlsVersion;
  /** `false`: an untrusted certificate is reported as a warning, not as a failure. */
  readonly verify?: boolean;
  /** `never`: no STARTTLS even when offered. Default follows the scheme. */
  readonly starttls?: "required" | "opportunistic" | "never";
}

interface SubjectBase {
  /** Unique within its kind; the metric label `target`. */
  readonly name: string;
  /** Static labels that the operator attached: shown on the page, in `/sd` and the API; never on a metric. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface Relay extends SubjectBase {
  readonly kind: "relay";
  readonly scheme: RelayScheme;
  readonly host: string;
  readonly port: number;
  /** Argument of EHLO or LHLO (RFC 5321 section 4.1.1.1). */
  readonly helo: string;
  /** Reverse-path of the probe's envelope; the empty string is the null reverse-path `<>`. */
  readonly from: string;
  readonly to: readonly string[];
  readonly auth?: Credentials;
  readonly tls: TlsSettings;
  /** Local address to connect from. */
  readonly sourceAddress?: string;
  /** Restricts the address family; otherwise both are tried, IPv6 first (RFC 8305 order, one after the other). */
  readonly family?: 4 | 6;
}

export interface Domain extends SubjectBase {
  readonly kind: "domain";
  /** The domain in A-label (ASCII) form, lower case, without the final dot. */
  readonly domain: string;
  /** EHLO argument for the reachability check of each MX. */
  readonly helo: string;
  /** TCP port of the MX hosts; 25 outside tests. */
  readonly port: number;
}

export interface Address extends SubjectBase {
  readonly kind: "address";
  /** IPv4 or IPv6 address, or a domain for domain lists. */
  readonly address: string;
}

/** A relay to mailbox path. Declared so that `Subject` is complete; round trips build on it. */
export interface Route extends SubjectBase {
  readonly kind: "route";
  readonly relay: string;
  readonly mailbox: string;
}

export type Subject = Relay | Domain | Address | Route;

/** What is watched, apart from its name: what was seen of another end says nothing about this one. */
export function endOf(subject: Subject): string {
  switch (subject.kind) {
    case "relay":
      return `${subject.scheme} ${subject.host} ${subject.port}`;
    case "domain":
      return `${subject.domain} ${subject.port}`;
    case "address":
      return subject.address;
    case "route":
      return `${subject.relay} ${subject.mailbox}`;
    default:
      return "";
  }
}
