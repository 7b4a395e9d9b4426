import type { MxHost, MxReach } from "../../src/model/evidence.ts";
import type { FaultCode } from "../../src/model/codes.ts";
import type { Finding } from "../../src/model/observation.ts";
import { describeReply } from "../common/reply.ts";

/** What was found at one host, without what could not be tested from here. */
interface Contacted {
  readonly host: MxHost;
  readonly reach: readonly MxReach[];
}

/** `192.0.2.1 (connect timeout)`, or with the server's own words. */
function faultOf({ address, fault = "closed", refusal }: MxReach): string {
  return `${address} (${refusal ? describeReply(refusal.reply) : fault.replaceAll("_", " ")})`;
}

/** Faults that a firewall or a stopped server can make. The others are the server's own answers: the cause says more. */
const NO_CONNECTION: ReadonlySet<FaultCode> = new Set<FaultCode>([
  "connect_refused",
  "connect_timeout",
  "connect_unreachable",
]);

function remedyOf(down: readonly Contacted[]): Pick<Finding, "remedy"> {
  const faults = down.flatMap(({ reach }) => reach.flatMap(({ fault }) => fault ?? []));
  if (faults.every((fault) => fault === "connect_timeout")) {
    return {
      remedy:
        "Try port 25 of another domain from here: if that is silent too, this network blocks it, not the hosts.",
    };
  }
  return faults.every((fault) => NO_CONNECTION.has(fault))
    ? { remedy: "Check that the mail servers run and that their firewall lets port 25 in." }
    : {};
}

function faultsOf(contacted: readonly Contacted[]): string {
  return contacted
    .flatMap(({ host, reach }) =>
      reach.filter(({ reachable }) => !reachable).map((one) => `${host.exchange} at ${faultOf(one)}`),
    )
    .join(", ");
}

const isUp = ({ reach }: Contacted): boolean => reach.some(({ reachable }) => reachable);

/**
 * A machine without IPv6 finds no route to any IPv6 address. One host without a route could be that host's fault;
 * all of them is ours.
 */
function lacksIpv6(hosts: readonly MxHost[]): boolean {
  const six = hosts.flatMap(({ reach }) => reach.filter(({ family }) => family === 6));
  return six.length > 0 && six.every(({ fault }) => fault === "connect_unreachable");
}

function judgeDown(contacted: readonly Contacted[]): Finding[] {
  const down = contacted.filter((one) => !isUp(one));
  if (down.length === 0) return [];
  if (down.length === contacted.length) {
    return [
      {
        id: "mx_all_unreachable",
        verdict: "fail",
        message: `no MX host takes mail: ${faultsOf(down)}`,
        ...remedyOf(down),
      },
    ];
  }
  const best = Math.min(...contacted.map(({ host }) => host.preference));
  const primaries = contacted.filter(({ host }) => host.preference === best);
  const isPrimaryDown = !primaries.some(isUp);
  return down.map((one): Finding => {
    const counts = isPrimaryDown && one.host.preference === best;
    return {
      id: counts ? "mx_primary_unreachable" : "mx_host_unreachable",
      verdict: counts ? "fail" : "warn",
      message: `the ${counts ? "preferred " : ""}MX host does not take mail: ${faultsOf([one])}`,
      remedy: "Check that the server runs, or take it out of the MX set: senders try it first and wait.",
    };
  });
}

function judgeFamilies(contacted: readonly Contacted[]): Finding[] {
  const halves = contacted.filter((one) => isUp(one) && one.reach.some(({ reachable }) => !reachable));
  return halves.map((one): Finding => {
    const missing = one.reach.find(({ reachable }) => !reachable)?.family ?? 6;
    return {
      id: "mx_family_unreachable",
      verdict: "warn",
      message: `an MX host takes mail over IPv${10 - missing} but not over IPv${missing}: ${faultsOf([one])}`,
      remedy: `Let port 25 in over IPv${missing}, or take the ${missing === 6 ? "AAAA" : "A"} record out.`,
    };
  });
}

function judgeStarttls(contacted: readonly Contacted[]): Finding[] {
  const bare = contacted.filter(({ reach }) => reach.some(({ starttls }) => starttls === false));
  if (bare.length === 0) return [];
  return [
    {
      id: "mx_starttls_missing",
      verdict: "warn",
      message: `no STARTTLS at ${bare.map(({ host }) => host.exchange).join(", ")}: mail comes in the clear`,
      rfc: "RFC 3207",
      remedy:
        "Configure a certificate and offer STARTTLS. If it is configured, something on the way strips it.",
    },
  ];
}

/** Findings about contacting the hosts; none when none was contacted. */
export function judgeReach(hosts: readonly MxHost[]): Finding[] {
  const noIpv6 = lacksIpv6(hosts);
  const contacted = hosts
    .map((host): Contacted => ({ host, reach: host.reach.filter(({ family }) => family === 4 || !noIpv6) }))
    .filter(({ reach }) => reach.length > 0);
  const findings = [...judgeDown(contacted), ...judgeFamilies(contacted), ...judgeStarttls(contacted)];
  if (noIpv6) {
    findings.push({
      id: "mx_ipv6_untestable",
      verdict: contacted.length > 0 ? "warn" : "unknown",
      message: "the MX hosts cannot be tested over IPv6 from here: this machine has no route to any of them",
      remedy: "Run a probe on a machine with IPv6, too.",
    });
  }
  if (contacted.length > 0 && contacted.every(({ reach }) => reach.every(({ reachable }) => reachable))) {
    const count = contacted.length === 1 ? "the MX host takes" : `all ${contacted.length} MX hosts take`;
    findings.push({ id: "mx_reachable", verdict: "pass", message: `${count} mail` });
  }
  return findings;
}
