import type { FaultCode } from "../../model/codes.ts";
import type { BlocklistMode, FaultExpectation, FaultSwitch } from "../fault.ts";

function blocklist(
  mode: BlocklistMode,
  title: string,
  description: string,
  expect: Omit<FaultExpectation, "probe" | "target">,
): FaultSwitch {
  return {
    id: `blocklist_${mode}`,
    title,
    group: "blocklist",
    description,
    effect: { kind: "blocklist", mode },
    expect: { probe: "blocklist", target: "address", ...expect },
  };
}

// The list says nothing about the address: neither clean nor listed, and no cause that its owner could act upon.
const SAYS_NOTHING = { verdict: "unknown", cause: "unknown" } as const;

/** The list was never heard. */
function unheard(fault: FaultCode): Omit<FaultExpectation, "probe" | "target"> {
  return { verdict: "unknown", fault, cause: "dns_broken" };
}

export const BLOCKLIST: readonly FaultSwitch[] = [
  blocklist("listed", "Address listed", "The watched address is on the list.", {
    verdict: "fail",
    cause: "blocklisted",
  }),
  blocklist(
    "refused_public_resolver",
    "Public resolver refused",
    "127.255.255.254 to every question.",
    SAYS_NOTHING,
  ),
  blocklist("refused_quota", "Quota exceeded", "127.255.255.255 to every question.", SAYS_NOTHING),
  blocklist("refused_typo", "Zone misspelt", "127.255.255.252 to every question.", SAYS_NOTHING),
  blocklist("dead", "Dead list", "Neither test point is listed (RFC 5782 section 5).", SAYS_NOTHING),
  blocklist(
    "lists_the_world",
    "Lists the world",
    "Every address is listed, both test points too.",
    SAYS_NOTHING,
  ),
  blocklist("outside_127", "Hijacked", "Answers with an address outside 127/8.", SAYS_NOTHING),
  blocklist("servfail", "List fails", "SERVFAIL to every question.", unheard("dns_servfail")),
  blocklist("refused", "List refuses", "REFUSED to every question.", unheard("dns_refused")),
  blocklist("timeout", "List silent", "No answer to any question.", unheard("dns_timeout")),
];
