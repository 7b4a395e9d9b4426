import type { CauseCode } from "../../src/model/codes.ts";
import type { SmtpEvidence } from "../../src/model/evidence.ts";
import type { Probe } from "../../src/model/probe.ts";
import type { Relay } from "../../src/model/subject.ts";
import { CONVERSATION_CAUSES, REPLY_CAUSES } from "../common/causes.ts";
import { judgeSmtp } from "./judge.ts";
import { parseSmtpOptions, phasesOf, type SmtpOptions } from "./options.ts";
import { runSmtp } from "./run.ts";

const CAUSES: readonly CauseCode[] = [
  ...new Set<CauseCode>([
    ...CONVERSATION_CAUSES,
    ...REPLY_CAUSES,
    "open_relay",
    "auth_in_clear",
    "credentials_accepted",
    "forged_sender_accepted",
  ]),
];

/** Connects, upgrades, logs in and submits, as deep as asked; or makes sure that the server refuses what it must. */
export const smtpProbe: Probe<Relay, SmtpOptions, SmtpEvidence> = {
  kind: "smtp",
  subject: "relay",
  title: "SMTP conversation with a relay, up to a chosen depth, or a negative test",
  phases: phasesOf,
  causes: CAUSES,
  parseOptions: parseSmtpOptions,
  run: runSmtp,
  judge: judgeSmtp,
};
