import type { TlsEvidence } from "../../model/evidence.ts";
import type { Observation } from "../../model/observation.ts";
import type { Job } from "../../model/probe.ts";
import type { Declared, RecordRun } from "./probe-series.ts";
import type { SubjectRegistry } from "./subject-registry.ts";
import { tlsUseOf } from "./tls-use.ts";

/** OpenSSL's longest cipher name has 29 characters; anything else is not a name. */
const NAME = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * What the last handshake showed. The expiry outlives a failed run, since the certificate goes on ageing while the
 * server is down; the validity does not, since nobody verified it.
 */
export function tlsSeries(registry: SubjectRegistry, job: Job, declared: Declared): RecordRun | undefined {
  if (!tlsUseOf(job, declared).tls) return undefined;
  const target = job.subject.name;
  const notAfter = registry.gauge("tls_certificate_not_after_timestamp_seconds").labels({ target });
  const valid = registry.gauge("tls_certificate_valid").labels({ target });
  const info = registry.gauge("tls_info");
  notAfter.set(Number.NaN);
  valid.set(Number.NaN);

  return (observation: Observation<TlsEvidence>) => {
    const { tls } = observation.evidence;
    const leaf = tls?.chain[0];
    valid.set(tls?.trusted === true ? 1 : 0);
    if (leaf !== undefined) notAfter.set(leaf.notAfter / 1000);
    info.reset();
    if (tls !== undefined) info.set({ target, version: named(tls.version), cipher: named(tls.cipher) }, 1);
  };
}

function named(value: string): string {
  return NAME.test(value) ? value : "other";
}
