import type { CauseCode } from "../model/codes.ts";
import type { Finding, Verdict } from "../model/observation.ts";
import type { Deduction } from "./scene.ts";

/** Findings that name a cause by themselves, without a fault on the wire. */
const CAUSES: Readonly<Record<string, CauseCode>> = {
  mx_domain_missing: "no_mx",
  mx_missing: "no_mx",
  mx_null: "null_mx",
  mx_null_mixed: "mx_invalid",
  mx_cname: "mx_invalid",
  mx_ip_literal: "mx_invalid",
  mx_no_address: "mx_invalid",
  mx_invalid_name: "mx_invalid",
  mx_unresolvable: "dns_broken",
  mx_lookup_failed: "dns_broken",
  blocklisted: "blocklisted",
  blocklist_all_dead: "dns_broken",
  blocklist_servfail: "dns_broken",
  blocklist_dns_refused: "dns_broken",
  blocklist_timeout: "dns_broken",
  blocklist_malformed: "dns_broken",
  certificate_expired: "certificate_expired",
  certificate_expired_in_chain: "certificate_expired",
  certificate_not_yet_valid: "certificate_not_yet_valid",
  certificate_not_yet_valid_in_chain: "certificate_not_yet_valid",
  certificate_name_mismatch: "certificate_name_mismatch",
  certificate_self_signed: "certificate_untrusted",
  certificate_chain_incomplete: "certificate_untrusted",
  certificate_untrusted: "certificate_untrusted",
  certificate_bad_signature: "certificate_untrusted",
  certificate_weak_key: "certificate_weak",
  certificate_weak_signature: "certificate_weak",
  tls_version_obsolete: "tls_obsolete",
  starttls_injection: "injection",
  starttls_stripped: "starttls_stripped",
  open_relay: "open_relay",
  auth_without_tls: "auth_in_clear",
  credentials_accepted: "credentials_accepted",
  forged_sender_accepted: "forged_sender_accepted",
};

/** What can be seen of these fits other causes as well. */
const LIKELY: ReadonlySet<string> = new Set(["starttls_stripped"]);

const DECIDING: readonly Verdict[] = ["fail", "unknown"];

/**
 * The cause that the worst findings name; the first of them that names one decides, all of them are evidence.
 * Absent when nothing failed: a warning speaks for itself.
 */
export function ofFindings(findings: readonly Finding[]): Deduction | undefined {
  for (const verdict of DECIDING) {
    const worst = findings.filter((finding) => finding.verdict === verdict);
    if (worst.length === 0) continue;
    const evidence = worst.map((finding) => finding.message);
    const named = worst.find((finding) => Object.hasOwn(CAUSES, finding.id));
    const code = named === undefined ? undefined : CAUSES[named.id];
    if (named === undefined || code === undefined) {
      return { code: "unknown", certainty: "possible", evidence, ...remedyOf(worst) };
    }
    const certain = verdict === "fail" && !LIKELY.has(named.id);
    return { code, certainty: certain ? "certain" : "likely", evidence, ...remedyOf([named]) };
  }
  return undefined;
}

/** What a finding says itself about the way out is closer to the case than the table. */
function remedyOf(findings: readonly Finding[]): Pick<Deduction, "remedy"> {
  const remedy = findings.find((finding) => finding.remedy !== undefined)?.remedy;
  return remedy === undefined ? {} : { remedy };
}
