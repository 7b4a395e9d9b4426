import type { CauseCode } from "../model/codes.ts";
import type { SmtpEvidence } from "../model/evidence.ts";
import type { Cause, Fault } from "../model/observation.ts";
import type { Diagnosable } from "../model/probe.ts";
import type { Relay } from "../model/subject.ts";

/** What is known when a run ended early. */
export interface Scene {
  readonly what: Diagnosable;
  readonly fault: Fault;
  /** The notebook of the `smtp` probe, or that of the `tls` probe, which is a part of it; empty for others. */
  readonly notes: Partial<SmtpEvidence>;
  readonly relay?: Relay;
}

export function sceneOf(what: Diagnosable, fault: Fault): Scene {
  const converses = what.probe === "smtp" || what.probe === "tls";
  return {
    what,
    fault,
    notes: converses ? (what.evidence as Partial<SmtpEvidence>) : {},
    ...(what.subject.kind === "relay" ? { relay: what.subject } : {}),
  };
}

/** A cause before its general remedy is put to it. */
export interface Deduction {
  readonly code: CauseCode;
  readonly certainty: Cause["certainty"];
  /** Beyond the fault's own message. */
  readonly evidence?: readonly string[];
  /** In place of the general remedy. */
  readonly remedy?: string;
  /** The host that the remedy is about, where the subject itself is none. */
  readonly host?: string;
}

/** The port that was dialled. */
export function portOf({ what, relay }: Scene): number | undefined {
  if (relay !== undefined) return relay.port;
  return what.subject.kind === "domain" ? what.subject.port : undefined;
}
