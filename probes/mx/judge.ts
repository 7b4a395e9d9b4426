import type { MxEvidence, MxHost } from "../../src/model/evidence.ts";
import type { Fault, Finding, Verdict } from "../../src/model/observation.ts";
import { judgeFault } from "../common/judge-fault.ts";
import { judgeReach } from "./judge-reach.ts";
import type { MxOptions } from "./options.ts";
import { setOf } from "./mx-set.ts";

type Problem = NonNullable<MxHost["problem"]>;

interface ProblemWording {
  readonly verdict: (host: MxHost) => Verdict;
  readonly what: string;
  readonly rfc: string;
  readonly remedy: string;
}

const hasAddress = ({ a, aaaa }: MxHost): boolean => a.length + aaaa.length > 0;

/** What is wrong with the name of a host, after that name: "mx1.example.com …". */
const PROBLEMS: Readonly<Record<Problem, ProblemWording>> = {
  cname: {
    verdict: () => "fail",
    what: "is an alias (CNAME), which an MX must not name",
    rfc: "RFC 2181 section 10.3",
    remedy: "Let the MX record name the host that the alias points to.",
  },
  ip_literal: {
    verdict: () => "fail",
    what: "is an IP address; an MX must name a host",
    rfc: "RFC 1035 section 3.3.9",
    remedy: "Give the address a host name with an A or AAAA record, and name that in the MX record.",
  },
  no_address: {
    verdict: () => "fail",
    what: "has no A or AAAA record",
    rfc: "RFC 5321 section 5.1",
    remedy: "Publish an address record for it, or take it out of the MX set.",
  },
  invalid_name: {
    // Some senders take such a name, some do not; without an address none does.
    verdict: (host) => (hasAddress(host) ? "warn" : "fail"),
    what: "is no valid host name",
    rfc: "RFC 1123 section 2.1",
    remedy: "Use letters, digits and hyphens, and a complete domain name.",
  },
  unresolvable: {
    verdict: (host) => (hasAddress(host) ? "warn" : "unknown"),
    what: "could not be resolved completely: the name servers failed",
    rfc: "RFC 5321 section 5.1",
    remedy: "Check the name servers of the host's domain, for A and for AAAA.",
  },
};

function judgeHost(host: MxHost): Finding[] {
  if (!host.problem) return [];
  const { verdict, what, rfc, remedy } = PROBLEMS[host.problem];
  return [
    {
      id: `mx_${host.problem}`,
      verdict: verdict(host),
      message: `the MX host ${host.exchange} ${what}`,
      rfc,
      remedy,
    },
  ];
}

/** The case that there is no host to send to; `undefined` when there is one. */
function judgeNone({ domain = "", status, nullMx, hosts = [] }: Partial<MxEvidence>): Finding | undefined {
  if (status === "nxdomain") {
    return {
      id: "mx_domain_missing",
      verdict: "fail",
      message: `the domain ${domain} does not exist (NXDOMAIN)`,
      remedy: "Check the spelling, the registration and the delegation of the domain.",
    };
  }
  if (nullMx && hosts.length === 0) {
    return {
      id: "mx_null",
      verdict: "fail",
      message: `${domain} declares by a null MX that it takes no mail`,
      rfc: "RFC 7505",
      remedy: "Publish MX records that name the hosts, if it is to take mail.",
    };
  }
  if (hosts.length > 0) return undefined;
  return {
    id: "mx_missing",
    verdict: "fail",
    message: `${domain} has neither MX nor address records: mail to it bounces`,
    rfc: "RFC 5321 section 5.1",
    remedy: "Publish MX records that name the hosts that take its mail.",
  };
}

function judgeSet(notes: Partial<MxEvidence>): Finding[] {
  const { domain = "", nullMx, implicit, hosts = [], previous } = notes;
  const findings: Finding[] = [];
  if (nullMx && hosts.length > 0) {
    findings.push({
      id: "mx_null_mixed",
      verdict: "fail",
      message: `${domain} has a null MX beside other MX records`,
      rfc: "RFC 7505 section 3",
      remedy: "Keep either the null MX alone or the others.",
    });
  }
  if (implicit) {
    findings.push({
      id: "mx_implicit",
      verdict: "warn",
      message: `${domain} has no MX; senders fall back to its own address`,
      rfc: "RFC 5321 section 5.1",
      remedy: "Publish an MX record: the fallback is easily broken by a change of the web server.",
    });
  }
  if (previous) {
    const now = setOf(notes);
    findings.push({
      id: "mx_changed",
      verdict: "warn",
      message: `the MX set changed from ${previous.join(", ") || "none"} to ${now.join(", ") || "none"}`,
      remedy:
        "If nobody of yours did this, look at the DNS account at once: whoever sets the MX gets the mail.",
    });
  }
  return findings;
}

const LOOK_UP_REMEDY = "Check the resolver, then the name servers and the DNSSEC chain of the domain.";

/** The run ended before the hosts were known. */
function judgeCutShort(fault: Fault | undefined): Finding[] {
  if (fault === undefined) return [];
  const finding = judgeFault(fault);
  return [finding.id.startsWith("dns_") ? { ...finding, remedy: LOOK_UP_REMEDY } : finding];
}

/** Pure: the notebook as findings. A look-up that failed is `unknown`, never "no MX". */
export function judgeMx(notes: Partial<MxEvidence>, options: MxOptions, fault?: Fault): Finding[] {
  const { domain = "", status, implicit, hosts = [] } = notes;
  if (status !== undefined && status !== "ok" && status !== "nxdomain" && status !== "nodata") {
    return [
      {
        id: "mx_lookup_failed",
        verdict: "unknown",
        message: fault?.message ?? `the MX records of ${domain} could not be looked up: ${status}`,
        remedy: LOOK_UP_REMEDY,
      },
    ];
  }
  if (notes.hosts === undefined) return judgeCutShort(fault);
  const none = judgeNone(notes);
  if (none) return [none, ...judgeSet(notes).filter(({ id }) => id === "mx_changed")];
  const findings = [...judgeSet(notes), ...hosts.flatMap(judgeHost)];
  if (options.reach) findings.push(...judgeReach(hosts));
  if (!implicit) {
    findings.push({
      id: "mx_found",
      verdict: "pass",
      message: `MX of ${domain}: ${setOf(notes).join(", ")}`,
    });
  }
  return findings;
}
