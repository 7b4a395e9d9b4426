import { Gauge, Registry } from "prom-client";
import type { PhaseName } from "../../model/codes.ts";
import type { BlocklistEvidence, MxEvidence, SmtpEvidence } from "../../model/evidence.ts";
import type { Observation } from "../../model/observation.ts";
import type { TlsFacts } from "../../model/tls.ts";

type Labels = Readonly<Record<string, string>>;
type SetGauge = (name: string, help: string, value: number, labels?: Labels) => void;

/** The union of what our probes may have noted; each field may be missing. */
type Noted = Partial<SmtpEvidence & MxEvidence & BlocklistEvidence>;

/** Label values come from certificates and DNS: long ones are cut. */
const MAX_LABEL = 512;

/** As blackbox_exporter writes them. */
const TLS_VERSIONS: Readonly<Record<string, string>> = {
  TLSv1: "TLS 1.0",
  "TLSv1.1": "TLS 1.1",
  "TLSv1.2": "TLS 1.2",
  "TLSv1.3": "TLS 1.3",
};

/**
 * One observation under the names of blackbox_exporter, so that its dashboards and alerts work unchanged, and under
 * names of our own for what it has none for. A fresh registry for each request: nothing stale, and what was measured
 * before a failure still comes out.
 */
export function blackboxMetrics(observation: Observation, phases: readonly PhaseName[]): Promise<string> {
  const registry = new Registry();
  const gauges = new Map<string, Gauge>();
  const set: SetGauge = (name, help, value, labels = {}) => {
    const gauge =
      gauges.get(name) ?? new Gauge({ name, help, labelNames: Object.keys(labels), registers: [registry] });
    gauges.set(name, gauge);
    const cut = Object.entries(labels).map(([key, text]) => [key, text.slice(0, MAX_LABEL)]);
    gauge.set(Object.fromEntries(cut), value);
  };
  const evidence: Noted = observation.evidence;
  setOutcome(observation, set);
  setPhases(observation, phases, set);
  set(
    "probe_ip_protocol",
    "IP protocol of the connection: 4, 6, or 0 without one",
    evidence.remote?.family ?? 0,
  );
  if (evidence.tls !== undefined) setTls(evidence.tls, set);
  if (evidence.hosts !== undefined) setMx(evidence.hosts, set);
  if (evidence.listings !== undefined) setListings(evidence.listings, set);
  return registry.metrics();
}

function setOutcome({ verdict, cause, fault, durationMs }: Observation, set: SetGauge): void {
  const passed = verdict === "pass" || verdict === "warn";
  set("probe_success", "Displays whether or not the probe was a success", passed ? 1 : 0);
  set("probe_duration_seconds", "Returns how long the probe took to complete in seconds", durationMs / 1000);
  if (passed) return;
  set("probe_failure_info", "Why the probe failed: the cause and what was seen on the wire", 1, {
    cause: cause?.code ?? "unknown",
    fault: fault?.code ?? "",
    phase: fault?.phase ?? "",
  });
}

/** Every declared phase is there, 0 when the run did not come to it, as in blackbox_exporter's HTTP prober. */
function setPhases(observation: Observation, phases: readonly PhaseName[], set: SetGauge): void {
  const seconds = new Map<PhaseName, number>(phases.map((phase) => [phase, 0]));
  for (const { name, durationMs } of observation.phases) {
    seconds.set(name, (seconds.get(name) ?? 0) + durationMs / 1000);
  }
  set(
    "probe_dns_lookup_time_seconds",
    "Returns the time taken for probe dns lookup in seconds",
    seconds.get("dns") ?? 0,
  );
  for (const [phase, value] of seconds) {
    set("probe_smtp_duration_seconds", "Duration of the SMTP conversation by phase", value, { phase });
  }
}

function setTls({ version, cipher, chain, trusted }: TlsFacts, set: SetGauge): void {
  set("probe_tls_version_info", "Returns the TLS version used or NaN when unknown", 1, {
    version: TLS_VERSIONS[version] ?? version,
  });
  set("probe_tls_cipher_info", "Returns the TLS cipher negotiated during handshake", 1, { cipher });
  const [leaf] = chain;
  if (leaf === undefined) return;
  const earliest = Math.min(...chain.map(({ notAfter }) => notAfter)) / 1000;
  set("probe_ssl_earliest_cert_expiry", "Returns earliest SSL cert expiry date", earliest);
  if (trusted) {
    set(
      "probe_ssl_last_chain_expiry_timestamp_seconds",
      "Returns last SSL chain expiry in unixtime",
      earliest,
    );
  }
  set("probe_ssl_last_chain_info", "Contains SSL leaf certificate information", 1, {
    fingerprint_sha256: leaf.fingerprint,
    subject: leaf.subject,
    issuer: leaf.issuer,
    subjectalternative: [...leaf.dnsNames, ...leaf.ipAddresses].join(","),
    serialnumber: leaf.serialNumber,
  });
}

function setMx(hosts: MxEvidence["hosts"], set: SetGauge): void {
  set("probe_mx_records", "MX records of the domain", hosts.length);
  for (const { exchange, reach } of hosts) {
    for (const family of [4, 6] as const) {
      const tried = reach.filter((each) => each.family === family);
      if (tried.length === 0) continue;
      set(
        "probe_mx_reachable",
        "Whether the MX host answers by this address family",
        tried.some((each) => each.reachable) ? 1 : 0,
        {
          mx: exchange,
          family: `ipv${family}`,
        },
      );
    }
  }
}

/** A list that gave no answer has no series: it is neither listed nor clear. */
function setListings(listings: BlocklistEvidence["listings"], set: SetGauge): void {
  for (const { list, verdict, white, informational } of listings) {
    if (verdict === "unknown" || white === true || informational === true) continue;
    set("probe_blocklist_listed", "Whether the address is on the list", verdict === "listed" ? 1 : 0, {
      list,
    });
  }
}
