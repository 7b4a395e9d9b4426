import type { CauseCode, FaultCode } from "../../model/codes.ts";
import type { FaultCase, FaultExpectation, FaultPhase, FaultSwitch, LabTarget } from "../fault.ts";

/** The `smtp` probe of the submission port fails with this fault and cause. */
export function fails(
  fault: FaultCode,
  cause: CauseCode,
  target: LabTarget = "submission",
): FaultExpectation {
  return { probe: "smtp", target, verdict: "fail", fault, cause };
}

export function at(phase: FaultPhase, text: string, expect: FaultExpectation): FaultCase {
  return { options: { phase, text }, expect };
}

export const PASSES: FaultExpectation = { probe: "smtp", target: "submission", verdict: "pass" };

/** A reply with a text of its own: id, title, phase, text, cause; and whether the server hangs up after it. */
export type ReplyRow = readonly [
  id: string,
  title: string,
  phase: FaultPhase,
  text: string,
  cause: CauseCode,
  more?: { readonly close?: boolean; readonly target?: LabTarget },
];

/** 4xx is `deferred` at every phase; 5xx is `rejected`, and `auth_failed` in AUTH. */
export function reply(group: FaultSwitch["group"], row: ReplyRow): FaultSwitch {
  const [id, title, phase, text, cause, { close = false, target } = {}] = row;
  const code = text.startsWith("4") ? "deferred" : phase === "auth" ? "auth_failed" : "rejected";
  return {
    id,
    title,
    group,
    description: `Answers "${text}" at ${phase}${close ? " and hangs up" : ""}.`,
    effect: { kind: "reply", phase, text, ...(close ? { close } : {}) },
    options: ["text"],
    expect: fails(code, cause, target),
  };
}
