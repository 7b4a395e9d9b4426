import type { FaultCode } from "../model/codes.ts";
import type { Cause } from "../model/observation.ts";
import type { Diagnosable, Diagnose } from "../model/probe.ts";
import { ofFindings } from "./findings.ts";
import { ofUnreachableMx } from "./mx.ts";
import {
  ofConnectTimeout,
  ofDns,
  ofLostConnection,
  ofProtocolError,
  ofRefusedConnection,
  ofTimeout,
  ofUnreachable,
} from "./reach.ts";
import { ABORTED_REMEDY, DEFECT_REMEDY, OWN_LIMIT_REMEDY, remedyFor, UNCERTAIN_REMEDY } from "./remedies.ts";
import { ofMissingAuth, ofReply } from "./reply.ts";
import { type Deduction, type Scene, sceneOf } from "./scene.ts";
import { ofBadCertificate, ofFailedHandshake, ofMissingTls } from "./tls.ts";
import { ofUntested } from "./untested.ts";

/** A cause is read by a person on call: a handful of lines, none without end. */
const EVIDENCE_LINES = 8;
const EVIDENCE_LENGTH = 300;

const BY_FAULT: Readonly<Record<FaultCode, (scene: Scene) => Deduction>> = {
  dns_nxdomain: ofDns,
  dns_nodata: ofDns,
  dns_servfail: ofDns,
  dns_refused: ofDns,
  dns_timeout: ofDns,
  dns_malformed: ofDns,
  connect_refused: ofRefusedConnection,
  connect_timeout: ofConnectTimeout,
  connect_unreachable: ofUnreachable,
  closed: ofLostConnection,
  reset: ofLostConnection,
  timeout: ofTimeout,
  deferred: ofReply,
  rejected: ofReply,
  protocol_error: ofProtocolError,
  limit_exceeded: () => ({ code: "protocol_violation", certainty: "certain" }),
  tls_not_offered: ofMissingTls,
  tls_refused: ofReply,
  tls_handshake_failed: ofFailedHandshake,
  tls_certificate: ofBadCertificate,
  auth_not_offered: ofMissingAuth,
  auth_failed: ofReply,
  uncertain: ofUncertainty,
  aborted: ofAbort,
  internal_error: () => ({ code: "unknown", certainty: "certain", remedy: DEFECT_REMEDY }),
};

/** Why it failed and what to do; absent when nothing failed. */
export const diagnose: Diagnose = (what) => {
  const { fault } = what;
  if (fault === undefined) {
    const deduction = ofUnreachableMx(what) ?? ofUntested(what) ?? ofFindings(what.findings);
    return deduction === undefined ? undefined : causeOf(deduction, [], what);
  }
  return causeOf(BY_FAULT[fault.code](sceneOf(what, fault)), [fault.message], what);
};

/** The final dot was sent and no answer came: silence and a lost connection are different faults of the server. */
function ofUncertainty({ fault }: Scene): Deduction {
  const isSilent = fault.detail === "silence";
  return { code: isSilent ? "server_silent" : "server_fault", certainty: "likely", remedy: UNCERTAIN_REMEDY };
}

function ofAbort({ fault }: Scene): Deduction {
  const remedy = fault.detail === "own_limit" ? OWN_LIMIT_REMEDY : ABORTED_REMEDY;
  return { code: "unknown", certainty: "certain", remedy };
}

function causeOf(deduction: Deduction, first: readonly string[], what: Diagnosable): Cause {
  const lines = [...new Set([...first, ...(deduction.evidence ?? [])])].slice(0, EVIDENCE_LINES);
  return {
    code: deduction.code,
    certainty: deduction.certainty,
    evidence: lines.map((line) =>
      line.length > EVIDENCE_LENGTH ? `${line.slice(0, EVIDENCE_LENGTH)}…` : line,
    ),
    remedy: deduction.remedy ?? remedyFor(deduction.code, what.subject, deduction.host),
  };
}
