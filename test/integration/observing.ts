import type { BlocklistEvidence, MxEvidence, SmtpEvidence, TlsEvidence } from "../../src/model/evidence.ts";
import type { Observation } from "../../src/model/observation.ts";
import type { Job } from "../../src/model/probe.ts";
import type { Relay, Subject } from "../../src/model/subject.ts";
import type { TranscriptLine } from "../../src/model/smtp.ts";
import { netSettings, openObserving, probes } from "../../src/toolkit.ts";
import { SERVER_NAME } from "../support/servers/certificates.ts";
import { LOOPBACK } from "../support/servers/ports.ts";

interface EvidenceOf {
  readonly smtp: SmtpEvidence;
  readonly tls: TlsEvidence;
  readonly mx: MxEvidence;
  readonly blocklist: BlocklistEvidence;
}

export interface RunOptions {
  readonly timeoutMs?: number;
  readonly onTranscript?: (line: TranscriptLine) => void;
}

export interface TestObserving {
  /** Runs one probe as the product does, its options as a configuration would give them. */
  observe<Kind extends keyof EvidenceOf>(
    kind: Kind,
    subject: Subject,
    options?: unknown,
    run?: RunOptions,
  ): Promise<Observation<EvidenceOf[Kind]>>;
  close(): void;
}

/** Long enough for a machine that does many things at once; a test that waits for silence sets its own. */
const TIMEOUT_MS = 15_000;

/** The product's own observer, with `servers` as its name servers. What it must not throw makes the test fail. */
export function openTestObserving(servers: readonly string[]): TestObserving {
  const defects: unknown[] = [];
  const observing = openObserving(netSettings(undefined, servers), (_job, error) => defects.push(error));
  return {
    observe: async (kind, subject, options = {}, { timeoutMs = TIMEOUT_MS, onTranscript } = {}) => {
      const probe = probes.get(kind);
      if (probe === undefined) throw new Error(`no probe of kind ${kind}`);
      const job: Job = {
        id: `${kind}/${subject.kind}/${subject.name}`,
        subject,
        probe: kind,
        options: probe.parseOptions(options),
        timeoutMs,
      };
      const observation = await observing.observe(job, onTranscript === undefined ? {} : { onTranscript });
      const defect = defects.shift();
      if (defect !== undefined) throw defect;
      return observation;
    },
    close: () => observing.close(),
  };
}

/** A relay on loopback whose certificate is made for `SERVER_NAME`. */
export function relayAt(port: number, ca: string, changes: Partial<Relay> = {}): Relay {
  const { tls, ...rest } = changes;
  return {
    kind: "relay",
    name: "bench",
    labels: {},
    scheme: "smtp",
    host: LOOPBACK,
    port,
    helo: "probe.x.test",
    from: "probe@x.test",
    to: ["ok@y.test"],
    ...rest,
    tls: { ca, serverName: SERVER_NAME, ...tls },
  };
}
