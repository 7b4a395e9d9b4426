import type { CauseCode, FaultCode } from "../model/codes.ts";
import type { MxEvidence, MxHost, MxReach } from "../model/evidence.ts";
import type { Diagnosable } from "../model/probe.ts";
import { classifyReply } from "../standards/smtp/classify.ts";
import type { Deduction } from "./scene.ts";

/** What keeps a host from taking mail. A timeout of the connection is looked at apart. */
const CAUSES: Readonly<Partial<Record<FaultCode, CauseCode>>> = {
  connect_refused: "server_down",
  connect_unreachable: "firewall",
  timeout: "server_silent",
  closed: "connection_rejected",
  reset: "connection_rejected",
  rejected: "connection_rejected",
  deferred: "server_fault",
  protocol_error: "not_smtp",
  limit_exceeded: "protocol_violation",
};

/** Findings of the `mx` probe that say that hosts cannot be reached, without saying why. */
const UNREACHABLE = new Set(["mx_all_unreachable", "mx_primary_unreachable"]);

/**
 * Why the hosts of an MX set take no mail, from what each address answered. Silence of several unrelated hosts at
 * once points to the network here; one host's silence can be its own firewall.
 */
export function ofUnreachableMx(what: Diagnosable): Deduction | undefined {
  if (what.probe !== "mx" || !what.findings.some(({ id }) => UNREACHABLE.has(id))) return undefined;
  const { hosts = [] } = what.evidence as Partial<MxEvidence>;
  const down = hosts.filter(isDown).toSorted((a, b) => a.preference - b.preference);
  const faults = down.flatMap(({ reach }) => reach.flatMap(({ fault }) => fault ?? []));
  const first = faults[0];
  if (first === undefined) return undefined;
  const evidence = down.flatMap(({ exchange, reach }) =>
    reach.map((one) => `${exchange} at ${one.address}: ${said(one)}`),
  );
  const [host] = down.map(({ exchange }) => exchange);
  const rest = { evidence, ...(host === undefined ? {} : { host }) };
  if (faults.every((fault) => fault === "connect_timeout")) {
    return { ...ofSilence(hosts, down, what), ...rest };
  }
  const refused = ofRefusal(down);
  if (refused !== undefined) return { ...refused, ...rest };
  const telling = faults.find((fault) => fault !== "connect_timeout") ?? first;
  return { code: CAUSES[telling] ?? "unknown", certainty: "likely", ...rest };
}

/** What the first server that turned us away said, when that is known to mean something. */
function ofRefusal(down: readonly MxHost[]): Deduction | undefined {
  for (const { exchange, reach } of down) {
    for (const { refusal } of reach) {
      if (refusal === undefined) continue;
      const { phase, reply } = refusal;
      const found = classifyReply({ phase, serverNames: [exchange], ...reply });
      return found === undefined ? undefined : { code: found.cause, certainty: found.certainty };
    }
  }
  return undefined;
}

/** The server's own words where it used any, else the fault. */
function said({ fault, refusal }: MxReach): string {
  if (refusal === undefined) return fault ?? "not reachable";
  return `${refusal.reply.code} ${refusal.reply.lines.join(" ")}`;
}

function isDown({ reach }: MxHost): boolean {
  return reach.length > 0 && reach.every(({ reachable }) => !reachable);
}

function ofSilence(hosts: readonly MxHost[], down: readonly MxHost[], what: Diagnosable): Deduction {
  const someAnswer = hosts.some(({ reach }) => reach.some(({ fault }) => fault !== "connect_timeout"));
  const port25 = what.subject.kind === "domain" && what.subject.port === 25;
  if (someAnswer || !port25) return { code: "firewall", certainty: "likely" };
  return { code: "port_blocked", certainty: down.length > 1 ? "likely" : "possible" };
}
