import type { X509Certificate } from "node:crypto";
import type { SecureContext } from "node:tls";
import type { FaultState } from "./fault-state.ts";
import type { Greylist } from "./greylist.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Random } from "../model/random.ts";
import type { LabUser } from "./sasl-server.ts";

/** What one port of a relay does. */
export interface Service {
  readonly name: "smtp" | "submission" | "submissions" | "lmtp" | "mx";
  readonly implicitTls: boolean;
  readonly lmtp: boolean;
  /** MAIL only after TLS and AUTH (RFC 6409 section 4.3, RFC 8314 section 3.3). */
  readonly submission: boolean;
  readonly offerAuth: boolean;
}

export const SERVICES: readonly Service[] = [
  { name: "smtp", implicitTls: false, lmtp: false, submission: false, offerAuth: true },
  { name: "submission", implicitTls: false, lmtp: false, submission: true, offerAuth: true },
  { name: "submissions", implicitTls: true, lmtp: false, submission: true, offerAuth: true },
  { name: "lmtp", implicitTls: false, lmtp: true, submission: false, offerAuth: false },
];

/** The receiver of the lab's domain. */
export const MX_SERVICE: Service = {
  name: "mx",
  implicitTls: false,
  lmtp: false,
  submission: false,
  offerAuth: false,
};

/** What all ports of one relay share. */
export interface RelayContext {
  /** Name of the relay in the lab. */
  readonly relay: string;
  /** Its host name, which it greets with. */
  readonly host: string;
  /** Domains that it takes mail for, from anyone. */
  readonly domains: readonly string[];
  readonly users: readonly LabUser[];
  /** Bytes, offered as SIZE. */
  readonly sizeLimit: number;
  readonly faults: FaultState;
  readonly greylist: Greylist;
  readonly mailbox: Mailbox;
  readonly random: Random;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** With the certificate and the TLS versions that the faults ask for. */
  readonly secureContext: () => Promise<SecureContext>;
  /** Whom a client's certificate names, when the lab issued it. */
  readonly clientName: (certificate: X509Certificate) => string | undefined;
}
