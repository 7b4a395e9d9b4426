import type { PhaseName } from "../model/codes.ts";
import type { SmtpEvidence } from "../model/evidence.ts";
import type { Diagnosable } from "../model/probe.ts";
import type { SmtpReply } from "../model/smtp.ts";
import { classifyReply } from "../standards/smtp/classify.ts";
import type { Deduction } from "./scene.ts";

/**
 * A negative test whose question the server did not come to: its last reply says what stood in the way. Absent when
 * no reply does, or nobody knows what it means.
 */
export function ofUntested({ probe, findings, evidence, subject }: Diagnosable): Deduction | undefined {
  const untested = findings.find(({ id }) => id === "expectation_untested");
  if (probe !== "smtp" || untested === undefined) return undefined;
  const notes = evidence as Partial<SmtpEvidence>;
  const last = lastReply(notes);
  if (last === undefined) return undefined;
  const serverNames = subject.kind === "relay" ? [subject.host] : [];
  const found = classifyReply({ phase: last.phase, serverNames, ...last.reply });
  if (found === undefined) return undefined;
  return {
    code: found.cause,
    certainty: found.certainty,
    evidence: [untested.message],
    ...(untested.remedy === undefined ? {} : { remedy: untested.remedy }),
  };
}

function lastReply({ auth, mail, recipients }: Partial<SmtpEvidence>) {
  const steps: readonly (readonly [PhaseName, SmtpReply | undefined])[] = [
    ["rcpt", recipients?.[0]?.rcpt],
    ["mail", mail],
    ["auth", auth?.reply],
  ];
  const [step] = steps.flatMap(([phase, reply]) => (reply === undefined ? [] : [{ phase, reply }]));
  return step;
}
