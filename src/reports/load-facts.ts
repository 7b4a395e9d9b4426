import { LOAD_PHASES, type LoadPhase, type LoadRun, type Objective } from "../model/load-run.ts";
import { messagesOf } from "../model/load-timeline.ts";
import { formatCount, formatRate, formatShare, formatSpan } from "./load-format.ts";

/** What every report of a load test says, worked out once. Rates are messages a second. */
export interface LoadFacts {
  /** The answer in one sentence. */
  readonly headline: string;
  /** `smtp://127.0.0.1:2525`. */
  readonly url: string;
  readonly messages: number;
  readonly accepted: number;
  /** Accepted messages a second. */
  readonly achieved: number;
  /** A rate says something of this run: it had one, for long enough. */
  readonly hasRate: boolean;
  /** Absent where nobody asked for a rate: in a closed model, and in steps. */
  readonly asked?: number;
  readonly failed: readonly Objective[];
  /** The objectives that the table of the steps does not tell of. */
  readonly objectives: readonly Objective[];
  /** What was never begun; a run that hides it reports a rate that nobody asked for. */
  readonly droppedWarning?: string;
  /** What to do now. */
  readonly next: string;
}

/** So many messages tell whether the relay takes mail, and no more. */
const FEW = 20;

/** Names of the phases as a person reads them. */
export const PHASE_TITLE: Readonly<Record<LoadPhase, string>> = {
  resolving: "resolving",
  connecting: "connecting",
  banner: "banner",
  ehlo: "EHLO",
  tls_handshaking: "TLS handshake",
  auth: "AUTH",
  mail: "MAIL",
  rcpt: "RCPT",
  data: "DATA",
  envelope: "envelope",
  sending: "sending",
  accepting: "accepting",
  message_duration: "whole message",
  session_duration: "whole session",
};

/** Phases that happened, in the order of the conversation. */
export function phasesOf(run: LoadRun): LoadPhase[] {
  return LOAD_PHASES.filter((phase) => (run.totals.phases[phase]?.count ?? 0) > 0);
}

export function loadFacts(run: LoadRun): LoadFacts {
  const { totals, target, objectives } = run;
  const messages = messagesOf(totals.messages);
  const { accepted } = totals.messages;
  const achieved = totals.seconds > 0 ? accepted / totals.seconds : 0;
  const asked = askedRate(run, messages);
  const failed = objectives.filter(({ ok }) => !ok);
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  return {
    headline: headline(run, failed),
    url: `${target.scheme}://${host}:${target.port}`,
    messages,
    accepted,
    achieved,
    hasRate: hasRate(run),
    ...(asked === undefined ? {} : { asked }),
    failed,
    objectives: objectives.filter(
      ({ metric }) => run.steps === undefined || !/[{,]scenario:step_/.test(metric),
    ),
    ...droppedWarning(run),
    next: nextStep(run, failed),
  };
}

/** What was given as RATE; without it, what would have been sent had no iteration been dropped. */
function askedRate({ parameters, steps, totals }: LoadRun, messages: number): number | undefined {
  if (steps !== undefined) return undefined;
  const rate = Number(parameters.RATE ?? Number.NaN);
  if (Number.isFinite(rate) && rate > 0) return rate;
  if (totals.dropped === 0 || totals.iterations === 0 || totals.seconds === 0) return undefined;
  return (messages * (1 + totals.dropped / totals.iterations)) / totals.seconds;
}

/** A handful of messages, or the mean over steps, has no rate that a reader could use. */
function hasRate({ totals, steps }: LoadRun): boolean {
  return steps === undefined && messagesOf(totals.messages) > FEW;
}

/** What was done, in half a sentence. */
function outcome(run: LoadRun): string {
  const { messages, sessions, seconds } = run.totals;
  const all = messagesOf(messages);
  if (all === 0 && sessions.opened > 0) return `${plural(sessions.opened, "session")} opened`;
  if (hasRate(run)) return `${formatRate(seconds > 0 ? messages.accepted / seconds : 0)} messages/s accepted`;
  return `${formatCount(messages.accepted)} of ${plural(all, "message")} accepted`;
}

function headline(run: LoadRun, failed: readonly Objective[]): string {
  const { end, endReason, totals, capacity } = run;
  const reason = endReason === undefined ? "" : `: ${endReason}`;
  if (end === "broken") return sentence(`The load test broke${reason}`);
  if (end === "interrupted") {
    return sentence(`Interrupted after ${formatSpan(totals.seconds)}; the figures are of what ran`);
  }
  if (totals.messages.accepted === 0 && messagesOf(totals.messages) + totals.sessions.failed > 0) {
    return sentence(`No message was accepted${mostFrequentObstacle(run) ?? reason}`);
  }
  if (capacity !== undefined) return capacityHeadline(capacity, run.bottleneck.kind === "client");
  const done = outcome(run);
  if (failed.length > 0) {
    const [first] = failed;
    const others = failed.length > 1 ? ` and ${failed.length - 1} more` : "";
    const which = `${first?.metric ?? ""} ${first?.expression ?? ""}${others}`;
    return `${failed.length} of ${plural(run.objectives.length, "objective")} failed (${which}): ${done}.`;
  }
  if (end === "stopped") return sentence(`Stopped${reason}`);
  const held = run.objectives.length === 0 ? "The scenario has no objective" : "Every objective held";
  return `${held}: ${done}.`;
}

/** What stood in the way says more than which objective that broke. */
function mostFrequentObstacle({ totals }: LoadRun): string | undefined {
  const obstacles = [
    ...totals.errors.map(({ phase, error, count }) => ({ what: `${error} at ${phase}`, count })),
    ...totals.replies
      .filter(({ code }) => code >= 400)
      .map(({ phase, code, enhanced, count }) => ({
        what: `${`${code} ${enhanced}`.trim()} at ${phase}`,
        count,
      })),
  ].sort((a, b) => b.count - a.count);
  const [first] = obstacles;
  return first === undefined ? undefined : `: ${first.what}, ${formatCount(first.count)} times`;
}

function capacityHeadline(
  { sustained, broken }: NonNullable<LoadRun["capacity"]>,
  isOfClient: boolean,
): string {
  if (sustained <= 0) {
    return broken === undefined
      ? "The capacity could not be found."
      : `An objective broke at the lowest rate, ${formatRate(broken)} messages/s: ${isOfClient ? "by the client, so that nothing is known of the relay" : "the capacity is below it"}.`;
  }
  if (broken === undefined) {
    return `Sustains ${formatRate(sustained)} messages/s, the highest rate that was tried: the capacity is above it.`;
  }
  const by = isOfClient ? ", by the client" : "";
  return `Sustains ${formatRate(sustained)} messages/s; an objective broke at ${formatRate(broken)}${by}.`;
}

/** In a capacity test the step that broke drops iterations: that is how it broke, and no lie about the others. */
function droppedWarning({ totals, steps }: LoadRun): Pick<LoadFacts, "droppedWarning"> {
  const parts = steps === undefined ? [totals] : steps.filter(({ ok }) => ok).map((step) => step.totals);
  const dropped = parts.reduce((sum, part) => sum + part.dropped, 0);
  if (dropped === 0) return {};
  const asked = parts.reduce((sum, part) => sum + part.dropped + part.iterations, 0);
  return {
    droppedWarning:
      `${plural(dropped, "iteration")} never began (${formatShare(dropped / asked)} of what was asked for): every VU ` +
      "was still waiting for a reply. The load was lower than asked, and the times below leave that work out.",
  };
}

function nextStep(run: LoadRun, failed: readonly Objective[]): string {
  const { end, totals, capacity, bottleneck, parameters } = run;
  if (totals.messages.accepted === 0 && totals.errors[0]?.error === "tls_certificate") return untrusted(run);
  if (end === "broken")
    return "Mend what is named above, then run `mailgauge loadtest smoke` before any load.";
  if (totals.messages.accepted === 0 && (messagesOf(totals.messages) > 0 || totals.sessions.opened === 0)) {
    return "Find out with `mailgauge check` why no message gets through; only then is load of any use.";
  }
  if (end === "interrupted") return "Run it to its end before you rely on a figure.";
  if (bottleneck.kind === "client") {
    return "Do not read this as the capacity of the relay: give k6 more cores and a machine without other work, use BATCH, or share the run between machines, then repeat it.";
  }
  if (bottleneck.kind === "network")
    return "Repeat it from a machine nearer to the relay, or with smaller messages.";
  if (bottleneck.kind === "sink")
    return "Let the relay deliver to a faster sink or to several, then repeat it.";
  if (capacity?.broken !== undefined && capacity.sustained > 0) {
    return (
      `Plan with less than ${formatRate(capacity.sustained)} messages/s, and hold that rate with ` +
      `\`mailgauge loadtest soak --rate ${Math.floor(capacity.sustained * 0.7)}\` to see whether it lasts.`
    );
  }
  if (capacity !== undefined)
    return "Begin at a higher rate (START), or take more steps (STEPS), until something breaks.";
  if (failed.length > 0 || totals.dropped > 0) {
    return "Find the rate that holds with `mailgauge loadtest capacity`; the replies say what the relay objects to.";
  }
  if (run.objectives.length === 0)
    return "Say in the `thresholds` of the script what has to hold, or give --p99: nobody can say whether this is good.";
  const more = parameters.RATE === undefined ? "" : ` above ${parameters.RATE} messages/s`;
  return `There may be room${more}: \`mailgauge loadtest capacity\` finds where it ends.`;
}

/** A relay of the configuration has its trust there; one that is given by its URL has it from the command line. */
function untrusted({ target }: LoadRun): string {
  const [trust, all] = target.name.includes("://")
    ? ["--ca FILE", "--insecure"]
    : ["tls: { ca: FILE } at this relay in the configuration", "tls: { verify: false }"];
  return `Give the authority of its certificate: ${trust} (mailgauge-sink writes its own with --tls-ca-out FILE); or ${all} in a lab.`;
}

function plural(amount: number, noun: string): string {
  return `${formatCount(amount)} ${noun}${amount === 1 ? "" : "s"}`;
}

function sentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}
