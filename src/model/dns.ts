/** Record types that Mailgauge asks for. */
export type DnsType =
  | "A"
  | "AAAA"
  | "CNAME"
  | "MX"
  | "NS"
  | "PTR"
  | "SOA"
  | "TXT"
  | "TLSA"
  | "CAA"
  | "DS"
  | "DNSKEY";

export interface DnsQuestion {
  /** Without the final dot; `_` labels allowed. */
  readonly name: string;
  readonly type: DnsType;
}

/** One record of an answer. `data` depends on the type; see `DnsData`. */
export interface DnsRecord<T extends DnsType = DnsType> {
  readonly name: string;
  readonly type: T;
  /** Seconds, as received (a cached answer counts down). */
  readonly ttl: number;
  readonly data: DnsData[T];
}

export interface DnsData {
  readonly A: string;
  readonly AAAA: string;
  readonly CNAME: string;
  readonly MX: { readonly preference: number; readonly exchange: string };
  readonly NS: string;
  readonly PTR: string;
  readonly SOA: {
    readonly mname: string;
    readonly rname: string;
    readonly serial: number;
    readonly minimum: number;
  };
  /** Character-strings of one record, joined without separator (RFC 7208 section 3.3), as latin1 text. */
  readonly TXT: string;
  readonly TLSA: {
    readonly usage: number;
    readonly selector: number;
    readonly matchingType: number;
    /** Hex, lower case. */
    readonly certificate: string;
  };
  readonly CAA: { readonly flags: number; readonly tag: string; readonly value: string };
  /** Raw presentation for the types that are only asked for their existence. */
  readonly DS: string;
  readonly DNSKEY: string;
}

interface DnsReplyBase {
  /** Server that answered, `address:port`; absent when the answer came from the cache or from no server. */
  readonly server?: string;
  readonly durationMs: number;
  /** Extended DNS errors (RFC 8914): info code and text. */
  readonly extendedErrors: readonly { readonly code: number; readonly text: string }[];
}

/**
 * The outcomes of a look-up are different values: "there is no such record" (`nxdomain`, `nodata`) is knowledge,
 * "we could not find out" (`servfail`, `refused`, `timeout`, `malformed`) is not.
 */
export type DnsResult<T extends DnsType = DnsType> =
  | (DnsReplyBase & {
      readonly status: "ok";
      /** Records of the asked type at the end of the CNAME chain; at least one. */
      readonly records: readonly DnsRecord<T>[];
      /** CNAME targets passed on the way, in order. */
      readonly aliases: readonly string[];
      /** AD flag: the resolver says that it validated the answer (RFC 4035 section 3.2.3). */
      readonly authenticated: boolean;
    })
  | (DnsReplyBase & {
      readonly status: "nxdomain" | "nodata";
      readonly aliases: readonly string[];
      readonly authenticated: boolean;
    })
  | (DnsReplyBase & {
      readonly status: "servfail" | "refused" | "timeout" | "malformed";
      /** One line for the user: what was wrong and with which server. */
      readonly detail: string;
    });

export type DnsStatus = DnsResult["status"];

export interface ResolveOptions {
  readonly signal?: AbortSignal;
  /** Servers in place of the configured ones, `address` or `address:port` or `[v6]:port`. */
  readonly servers?: readonly string[];
  /**
   * The question is for the address of a host to connect to. Its name may then be one that only this machine knows: A
   * and AAAA follow the hosts file, `localhost` (RFC 6761) and the search list, as libc does. Without it, DNS is asked
   * for the name as it is written: what is measured about the domains of others must not depend on this machine.
   */
  readonly host?: boolean;
}

/** A resolver is one function; cache, limits, recording are wrappers. Rejects only when `signal` aborts. */
export type Resolve = <T extends DnsType>(
  name: string,
  type: T,
  options?: ResolveOptions,
) => Promise<DnsResult<T>>;
