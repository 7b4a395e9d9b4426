import type { Job } from "../../model/probe.ts";
import type { Declared } from "./probe-series.ts";

/** Whether the runs of a job come to STARTTLS, and to a handshake. */
export interface TlsUse {
  readonly starttls: boolean;
  readonly tls: boolean;
}

/**
 * As the relay is spoken to, and as deep as the job goes. Without this, a relay that is only ever spoken to in the clear
 * would look like one whose certificate does not verify, and one with implicit TLS like one that lacks STARTTLS.
 */
export function tlsUseOf({ subject }: Job, { phases }: Declared): TlsUse {
  if (subject.kind !== "relay") return { starttls: false, tls: false };
  const isImplicit = subject.scheme === "submissions";
  const starttls = !isImplicit && subject.tls.starttls !== "never" && phases.includes("starttls");
  return { starttls, tls: phases.includes("tls") && (isImplicit || starttls) };
}
