import type { CauseCode, FaultCode } from "../../model/codes.ts";
import type { DnsMode, FaultExpectation, FaultSwitch, MxMode } from "../fault.ts";

type Outcome = Omit<FaultExpectation, "probe" | "target">;

/** What the probe of a relay says when it looks its host up, and the probe of the domain, when that differs. */
function dns(mode: DnsMode, title: string, description: string, relay: Outcome, mx = relay): FaultSwitch {
  return {
    id: `dns_${mode}`,
    title,
    group: "dns",
    description,
    effect: { kind: "dns", mode, ...(mode === "slow" ? { delayMs: 50 } : {}) },
    ...(mode === "slow" ? { options: ["delayMs"] as const } : {}),
    expect: { probe: "smtp", target: "submission", ...relay },
    more: [{ expect: { probe: "mx", target: "domain", ...mx } }],
  };
}

/** "We could not find out." */
function unsure(fault: FaultCode): Outcome {
  return { verdict: "unknown", fault, cause: "dns_broken" };
}

function mx(mode: MxMode, title: string, description: string, cause: CauseCode): FaultSwitch {
  return {
    id: `mx_${mode}`,
    title,
    group: "dns",
    description,
    effect: { kind: "mx", mode },
    expect: { probe: "mx", target: "domain", verdict: "fail", cause },
  };
}

const PASSES: Outcome = { verdict: "pass" };

export const DNS: readonly FaultSwitch[] = [
  dns(
    "nxdomain",
    "NXDOMAIN",
    "No such name.",
    { verdict: "fail", fault: "dns_nxdomain", cause: "dns_broken" },
    { verdict: "fail", cause: "no_mx" },
  ),
  dns(
    "nodata",
    "NODATA",
    "The name exists, without records of that type.",
    { verdict: "fail", fault: "dns_nodata", cause: "dns_broken" },
    { verdict: "fail", cause: "no_mx" },
  ),
  dns("servfail", "SERVFAIL", "The server failed (EDE 22, no reachable authority).", unsure("dns_servfail")),
  dns("refused", "REFUSED", "The server refuses to answer us.", unsure("dns_refused")),
  dns("timeout", "DNS timeout", "The server never answers.", unsure("dns_timeout")),
  dns("malformed", "Malformed answer", "The answer is no DNS message.", unsure("dns_malformed")),
  dns("wrong_id", "Wrong message id", "Answers with a foreign id: to be ignored.", unsure("dns_timeout")),
  dns("truncated", "Truncated answer", "UDP answers are truncated; TCP works.", PASSES),
  dns("slow", "Slow DNS", "Answers truly, but late.", PASSES),
  mx("null_mx", "Null MX", "The domain says that it takes no mail (RFC 7505).", "null_mx"),
  mx("cname", "MX is an alias", "The exchange is a CNAME (RFC 2181 section 10.3).", "mx_invalid"),
  mx("ip_literal", "MX is an address", "The exchange is an IP address in place of a name.", "mx_invalid"),
  mx("no_address", "MX without address", "The exchange has no address record.", "mx_invalid"),
  mx("gone", "No MX", "The domain has neither MX nor address.", "no_mx"),
];
