/**
 * The metric families of `/metrics`: their names, labels and types are promises, since dashboards, alerts and
 * recording rules of other people depend on them.
 */
export const PREFIX = "mailgauge_";

/** 5 ms (a loopback command) to 60 s (a tarpit at the deadline); the last bucket before `+Inf` is the usual limit. */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** How late a run starts: nothing to see below a millisecond, a stalled machine above ten seconds. */
export const LAG_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30] as const;

interface FamilyShape {
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
  readonly buckets?: readonly number[];
}

const PROBE = ["target", "probe"] as const;

/** Series of one subject; they go when the subject goes. In the order in which they are exposed. */
export const SUBJECT_FAMILIES = {
  probe_runs_total: { type: "counter", labels: PROBE, help: "Runs of the probe that have ended." },
  probe_failures_total: {
    type: "counter",
    labels: ["target", "probe", "cause"],
    help: "Runs that did not pass, by cause; a run that could not find out counts too.",
  },
  probe_success: {
    type: "gauge",
    labels: PROBE,
    help: "1 when the last run passed (warnings included), 0 on any failure, NaN until the first run has ended.",
  },
  probe_last_run_timestamp_seconds: {
    type: "gauge",
    labels: PROBE,
    help: "When the last run began; 0 until one has ended.",
  },
  probe_last_success_timestamp_seconds: {
    type: "gauge",
    labels: PROBE,
    help: "When the last run that passed began; 0 until one has.",
  },
  probe_interval_seconds: {
    type: "gauge",
    labels: PROBE,
    help: "Time between two scheduled runs.",
  },
  probe_duration_seconds: {
    type: "histogram",
    labels: PROBE,
    help: "How long a run took, successful or not.",
    buckets: DURATION_BUCKETS,
  },
  probe_phase_duration_seconds: {
    type: "histogram",
    labels: ["target", "probe", "phase"],
    help: "How long each phase of a run took, successful or not.",
    buckets: DURATION_BUCKETS,
  },
  smtp_replies_total: {
    type: "counter",
    labels: ["target", "phase", "code", "enhanced_code"],
    help: "SMTP replies by phase, code and enhanced code; enhanced_code is none without one and other past the limit.",
  },
  submissions_total: {
    type: "counter",
    labels: ["target", "result"],
    help: "Messages submitted, by result; uncertain: the connection was lost after the final dot.",
  },
  starttls_offered: {
    type: "gauge",
    labels: ["target"],
    help: "1 when the last run saw STARTTLS offered, 0 when it did not, NaN until the first run has ended.",
  },
  tls_certificate_not_after_timestamp_seconds: {
    type: "gauge",
    labels: ["target"],
    help: "When the certificate last presented expires; kept when verification or a later run fails; NaN until seen.",
  },
  tls_certificate_valid: {
    type: "gauge",
    labels: ["target"],
    help: "1 when the last run saw the certificate verify, 0 when it did not, NaN until the first run has ended.",
  },
  tls_info: {
    type: "gauge",
    labels: ["target", "version", "cipher"],
    help: "TLS version and cipher of the last handshake.",
  },
  mx_records: {
    type: "gauge",
    labels: ["domain"],
    help: "MX records that the last run found, 0 when it found none, NaN until the first run has ended.",
  },
  mx_reachable: {
    type: "gauge",
    labels: ["domain", "mx", "family"],
    help: "1 when the last run reached the MX host by this address family, 0 when it did not.",
  },
  mx_changes_total: {
    type: "counter",
    labels: ["domain"],
    help: "Changes of the MX set from one run to the next.",
  },
  blocklist_listed: {
    type: "gauge",
    labels: ["address", "list"],
    help: "1 when listed, 0 when not; absent when unknown, and for white and informational lists.",
  },
  blocklist_listing_info: {
    type: "gauge",
    labels: ["address", "list", "code"],
    help: "One series for each code of a listing, informational and white lists included.",
  },
  blocklist_queries_total: {
    type: "counter",
    labels: ["address", "list"],
    help: "DNS queries made to the list, those for its test points included.",
  },
  blocklist_failures_total: {
    type: "counter",
    labels: ["address", "list", "reason"],
    help: "Look-ups that said nothing about the address, by reason.",
  },
  findings: {
    type: "gauge",
    labels: ["target", "probe", "id", "verdict"],
    help: "One series for each finding of the last run.",
  },
} as const satisfies Record<string, FamilyShape>;

/** Series of the process; one set, present from the first scrape. */
export const PROCESS_FAMILIES = {
  scheduler_skips_total: {
    type: "counter",
    labels: ["reason"],
    help: "Runs that were due and did not happen, by reason.",
  },
  scheduler_lag_seconds: {
    type: "histogram",
    labels: [],
    help: "Time between the moment a run was due and the moment it began.",
    buckets: LAG_BUCKETS,
  },
  in_flight: { type: "gauge", labels: [], help: "Runs that are going on now." },
  build_info: { type: "gauge", labels: ["version", "node"], help: "Version of Mailgauge and of Node." },
  config_last_reload_successful: {
    type: "gauge",
    labels: [],
    help: "1 when the last load of the configuration succeeded; 0: the old one is still in use.",
  },
  config_last_reload_success_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When the configuration was last loaded with success.",
  },
} as const satisfies Record<string, FamilyShape>;

export type Family = FamilyShape;
export type SubjectFamily = keyof typeof SUBJECT_FAMILIES;
export type ProcessFamily = keyof typeof PROCESS_FAMILIES;

type NamesOfType<Table, Type> = {
  [Name in keyof Table]: Table[Name] extends { type: Type } ? Name : never;
}[keyof Table];

export type CounterName = NamesOfType<typeof SUBJECT_FAMILIES, "counter">;
export type GaugeName = NamesOfType<typeof SUBJECT_FAMILIES, "gauge">;
export type HistogramName = NamesOfType<typeof SUBJECT_FAMILIES, "histogram">;
