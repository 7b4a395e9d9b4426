import type { Job } from "../model/probe.ts";
import type { Address, Credentials, Domain, Relay, Route, TlsSettings } from "../model/subject.ts";
import type { Printable } from "./print.ts";

/** A configuration in which everything holds: durations in milliseconds, paths absolute, names in A-label form. */
export interface Config {
  /** As the user named it. */
  readonly file: string;
  readonly relays: readonly Relay[];
  readonly domains: readonly WatchedDomain[];
  readonly addresses: readonly Address[];
  readonly mailboxes: readonly Mailbox[];
  readonly routes: readonly Route[];
  /** Every probe of every relay, domain and address. */
  readonly jobs: readonly Job[];
  /** Modules of `/probe` by name. */
  readonly modules: ReadonlyMap<string, Module>;
  /** Options of the `blocklist` probe for the configured lists, as that probe takes them; for targets of no file. */
  readonly blocklists: readonly Readonly<Record<string, unknown>>[];
  readonly resolver: ResolverSettings;
  readonly defaults: Defaults;
  readonly limits: { readonly concurrency: number; readonly perDestination: number };
  readonly server: ServerSettings;
  /** Absent: history is not kept across restarts. */
  readonly store?: { readonly path: string; readonly retentionMs: number };
  readonly log: {
    readonly level: "debug" | "info" | "warn" | "error";
    /** Absent: as standard error is a terminal or not. */
    readonly format?: "json" | "logfmt";
  };
  readonly loadtest: {
    /** Domain names, addresses and networks (CIDR), as written. */
    readonly owned: readonly string[];
    /** Domain names, as written. */
    readonly sinkDomains: readonly string[];
  };
  /** For `printConfig`. */
  readonly printable: Printable;
}

export interface WatchedDomain extends Domain {
  readonly dkimSelectors: readonly string[];
  /** Names of relays. */
  readonly sendsVia: readonly string[];
}

export type MailboxScheme = "imap" | "imaps" | "pop3" | "pop3s";

export interface Mailbox {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
  readonly scheme: MailboxScheme;
  readonly host: string;
  readonly port: number;
  readonly auth?: Credentials;
  readonly tls: TlsSettings;
}

export interface Module {
  readonly name: string;
  readonly probe: string;
  /** As parsed by the probe's `parseOptions`. */
  readonly options: unknown;
  readonly timeoutMs: number;
}

export interface ResolverSettings {
  /** `address` or `address:port` or `[v6]:port`; absent: the system's. */
  readonly servers?: readonly string[];
  /** Of one question to one server; absent: the resolver's own. */
  readonly timeoutMs?: number;
  readonly attempts?: number;
}

export interface Defaults {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly helo: string;
  /** Absent when the file sets none; the empty string is the null reverse-path. */
  readonly from?: string;
}

export interface ServerSettings {
  /** Empty for all addresses. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Absolute path. */
  readonly webConfig?: string;
  readonly unrestrictedProbeTargets: boolean;
}
