import { readFileSync } from "node:fs";
import { afterAll, beforeAll } from "vitest";
import { type ScenarioRun, runScenario } from "../support/scenario-run.ts";
import { makeCertificates, SERVER_NAME } from "../support/servers/certificates.ts";
import { DOVECOT_PASSWORD, startDovecot } from "../support/servers/dovecot.ts";
import { type MailgaugeSink, startMailgaugeSink } from "../support/servers/mailgauge-sink.ts";
import { LOOPBACK, poll } from "../support/servers/ports.ts";
import { type Postfix, startPostfix } from "../support/servers/postfix.ts";

type Listener = "smtp" | "submission" | "submissions" | "limited";
type Parameters = Readonly<Record<string, string>>;

const LOG_PATIENCE_MS = 20_000;

/** Postfix and what stands behind it: y.test is thrown away, sink.test goes to our sink. */
export interface LoadtestBench {
  readonly postfix: Postfix<"limited">;
  readonly sink: MailgaugeSink;
  /**
   * Runs a scenario against one of Postfix's listeners, and waits until Postfix has logged as many messages as k6
   * counted as accepted, or does not log any more of them.
   */
  run(scenario: string, parameters?: Parameters, listener?: Listener): Promise<LoggedRun>;
}

export interface LoggedRun extends ScenarioRun {
  /** Messages that Postfix took into its queue during the run, and their recipients. */
  readonly logged: { readonly messages: number; readonly recipients: number };
}

/** One bench for all tests of a file. Postfix answers 421 to more than four sessions at `limited`. */
export function useLoadtestBench(): () => LoadtestBench {
  let bench: LoadtestBench & { stop(): Promise<void> };
  beforeAll(async () => {
    bench = await startBench();
  });
  afterAll(() => bench.stop());
  return () => bench;
}

async function startBench(): Promise<LoadtestBench & { stop(): Promise<void> }> {
  const certificates = makeCertificates();
  const certificate = certificates.get("good");
  const sink = await startMailgaugeSink();
  const dovecot = await startDovecot({ certificate });
  const postfix = await startPostfix({
    certificate,
    saslPort: dovecot.ports.sasl,
    listeners: { limited: { smtpd_client_connection_count_limit: "4" } },
    main: {
      relay_domains: "y.test, sink.test",
      // Recipients are made up.
      relay_recipient_maps: "",
      transport_maps: `inline:{{y.test = discard:}, {sink.test = smtp:[${LOOPBACK}]:${sink.ports.smtp}}}`,
      message_size_limit: "4000000",
      // A message that the sink deferred is tried again within the time of a test.
      minimal_backoff_time: "1s",
      maximal_backoff_time: "2s",
      queue_run_delay: "1s",
      // One refusal must not keep the rest of the queue waiting: back-off by message, not by destination.
      default_destination_concurrency_failed_cohort_limit: "1000000",
      smtpd_sasl_auth_enable: "no",
    },
  });
  const target: Parameters = {
    SMTP_HOST: LOOPBACK,
    SMTP_CA: readFileSync(certificates.caFile, "utf8"),
    SMTP_SERVER_NAME: SERVER_NAME,
    SMTP_FROM: "loadtest@x.test",
    SMTP_TO: "ok@y.test",
    SINK_URL: sink.url,
    // How fast this machine is while it does other things is not what the tests are about.
    STALL: "5s",
    P99: "20s",
  };
  return {
    postfix,
    sink,
    run: async (scenario, parameters = {}, listener = "smtp") => {
      const before = queued(postfix);
      const port = String(postfix.ports[listener]);
      const run = await runScenario(scenario, { ...target, SMTP_PORT: port, ...parameters });
      return { ...run, logged: await settled(postfix, before, run.accepted) };
    },
    stop: async () => {
      await postfix.stop();
      await dovecot.stop();
      await sink.stop();
      certificates.remove();
    },
  };
}

async function settled(postfix: Postfix<"limited">, before: Logged, accepted: number): Promise<Logged> {
  const since = (): Logged => {
    const now = queued(postfix);
    return { messages: now.messages - before.messages, recipients: now.recipients - before.recipients };
  };
  await poll(
    () => Promise.resolve(since().messages >= accepted || undefined),
    AbortSignal.timeout(LOG_PATIENCE_MS),
  ).catch(() => undefined);
  return since();
}

interface Logged {
  readonly messages: number;
  readonly recipients: number;
}

/** Each message once, by its queue id: one that is deferred comes to the active queue again. */
function queued(postfix: Postfix<"limited">): Logged {
  const active = postfix
    .log()
    .matchAll(/qmgr\[\d+\]: ([^:\s]+): from=<.*>, size=\d+, nrcpt=(\d+) \(queue active\)/g);
  const byId = new Map([...active].map(([, id, recipients]) => [id, Number(recipients)]));
  return { messages: byId.size, recipients: [...byId.values()].reduce((sum, count) => sum + count, 0) };
}

export const CREDENTIALS: Parameters = { SMTP_USERNAME: "ok", SMTP_PASSWORD: DOVECOT_PASSWORD };
