import type { CauseCode } from "../../src/model/codes.ts";
import type { MxEvidence } from "../../src/model/evidence.ts";
import type { Probe } from "../../src/model/probe.ts";
import type { Domain } from "../../src/model/subject.ts";
import { REPLY_CAUSES } from "../common/causes.ts";
import { judgeMx } from "./judge.ts";
import { parseMxOptions, type MxOptions } from "./options.ts";
import { runMx } from "./run.ts";

const OWN_CAUSES: readonly CauseCode[] = [
  "no_mx",
  "null_mx",
  "mx_invalid",
  "dns_broken",
  "port_blocked",
  "firewall",
  "server_down",
  "server_silent",
  "connection_rejected",
  "not_smtp",
  "protocol_violation",
  "server_fault",
  "unknown",
];

export const mxProbe: Probe<Domain, MxOptions, MxEvidence> = {
  kind: "mx",
  subject: "domain",
  title: "Whether a domain's MX records are right and each of their hosts takes mail, over IPv4 and IPv6",
  phases: ({ reach }) => (reach ? ["dns", "connect", "banner", "ehlo", "quit"] : ["dns"]),
  causes: [...new Set([...OWN_CAUSES, ...REPLY_CAUSES])],
  parseOptions: parseMxOptions,
  run: runMx,
  judge: judgeMx,
};
