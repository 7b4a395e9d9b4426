import type { CauseCode, FaultCode } from "../model/codes.ts";
import type { MxEvidence, MxHost } from "../model/evidence.ts";
import type { Diagnosable } from "../model/probe.ts";
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
    reach.map(({ address, fault }) => `${exchange} at ${address}: ${fault ?? "not reachable"}`),
  );
  if (faults.every((fault) => fault === "connect_timeout")) {
    return { ...ofSilence(hosts, down, what), evidence };
  }
  const telling = faults.find((fault) => fault !== "connect_timeout") ?? first;
  return { code: CAUSES[telling] ?? "unknown", certainty: "likely", evidence };
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
