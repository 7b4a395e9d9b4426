import { type PhaseName, SMTP_PHASES } from "../../src/model/codes.ts";
import type { TlsEvidence } from "../../src/model/evidence.ts";
import type { Probe } from "../../src/model/probe.ts";
import type { Relay } from "../../src/model/subject.ts";
import { CONVERSATION_CAUSES, REPLY_CAUSES } from "../common/causes.ts";
import { judgeTlsProbe } from "./judge.ts";
import { parseTlsOptions, type TlsOptions } from "./options.ts";
import { runTls } from "./run.ts";

const PHASES: ReadonlySet<PhaseName> = new Set<PhaseName>([
  "dns",
  "connect",
  "banner",
  "ehlo",
  "starttls",
  "tls",
  "quit",
]);

/** Certificate, version and cipher of a relay, reached as its scheme says. */
export const tlsProbe: Probe<Relay, TlsOptions, TlsEvidence> = {
  kind: "tls",
  subject: "relay",
  title: "TLS of a relay: certificate chain, name, dates, strength, version, cipher, STARTTLS",
  phases: () => SMTP_PHASES.filter((phase) => PHASES.has(phase)),
  causes: [...new Set([...CONVERSATION_CAUSES, ...REPLY_CAUSES])],
  parseOptions: parseTlsOptions,
  run: runTls,
  judge: judgeTlsProbe,
};
