import type { Bottleneck, DeliveryTotals, LoadInterval, LoadPhase, LoadTotals } from "../model/load-run.ts";
import { messagesOf } from "../model/load-timeline.ts";
import { milliseconds, percent } from "./objectives.ts";

/** Share of all cores from which k6 itself is in the way. */
const CLIENT_BUSY = 0.85;
/** Share of all cores from which programs of any kind leave k6 nothing to rely on. */
const MACHINE_BUSY = 0.95;
/** Messages below which no share is to be trusted. */
const ENOUGH = 100;
/** Share of the time of a message that makes its phase the one to look at. */
const MOST = 0.5;
/** Share of it that nothing but this phase explains. */
const NEARLY_ALL = 0.9;
/** Share of the messages that is more than a few. */
const FEW = 0.05;
/** A round trip below this is a local network: what takes time is at its ends. */
const FAR_MS = 1;

export interface Scene {
  /** Of the part of the run that went worst. */
  readonly totals: LoadTotals;
  readonly intervals: readonly LoadInterval[];
  readonly cores: number;
  /** Asks for a rate, whether or not the relay keeps up. */
  readonly open: boolean;
  /** Every objective held, up to the end of the run or until a person ended it. */
  readonly held: boolean;
  readonly delivery?: DeliveryTotals;
}

type Answer = Pick<Bottleneck, "kind" | "sentence">;

/** What kept the run from going faster. Says `unknown` rather than guess. */
export function bottleneckOf(scene: Scene): Bottleneck {
  const answer =
    tooLittle(scene) ??
    thisMachine(scene) ??
    refusals(scene) ??
    stalls(scene) ??
    behindTheRelay(scene) ??
    slowPhase(scene) ??
    is("unknown", "What was the limit cannot be told from what was measured.");
  return { ...answer, evidence: evidenceOf(scene) };
}

function is(kind: Bottleneck["kind"], sentence: string): Answer {
  return { kind, sentence };
}

function tooLittle({ totals, open, held }: Scene): Answer | undefined {
  const messages = messagesOf(totals.messages);
  const { failed, uncertain, aborted } = totals.messages;
  if (messages === failed + uncertain + aborted) return is("unknown", nothingAnswered(totals));
  // Messages that break off at once say nothing of a limit, whatever else was scarce.
  if (brokenShare(totals) > MOST) return is("unknown", brokenOff(totals));
  if (messages >= ENOUGH || (open && held)) return undefined;
  const few = messages === 1 ? "One message" : `${messages} messages`;
  return is("unknown", `${few} cannot tell what the limit is.`);
}

/** Also says when nothing was the limit, of which a machine that was merely busy is no proof to the contrary. */
function thisMachine(scene: Scene): Answer | undefined {
  const { totals, open, held } = scene;
  if (cpuShare(scene) > CLIENT_BUSY)
    return is(
      "client",
      "This machine was the limit: k6 had no CPU left, so the relay may be able to take more.",
    );
  if (open && held && totals.dropped === 0)
    return is("none", "Nothing was at its limit: the rate that was asked for was achieved.");
  const machine = machineShare(scene);
  if (machine === undefined || machine <= MACHINE_BUSY || waitsElsewhere(totals)) return undefined;
  return is(
    "client",
    `The client machine was the limit: all programs together used ${percent(machine)} of its cores, k6 ${percent(cpuShare(scene))}. What else ran there is in these figures; a relay on the same machine is one such program.`,
  );
}

function refusals({ totals }: Scene): Answer | undefined {
  const refused = (totals.messages.deferred + totals.messages.rejected) / messagesOf(totals.messages);
  if (refused > FEW)
    return is(
      "relay",
      `The relay was the limit: it refused ${percent(refused)} of the messages. See the replies.`,
    );
  return brokenShare(totals) > FEW ? is("unknown", brokenOff(totals)) : undefined;
}

function stalls(scene: Scene): Answer | undefined {
  const { totals } = scene;
  const busy = busyShare(scene);
  if (totals.dropped === 0 || busy >= MOST) return undefined;
  return is(
    "unknown",
    `Work was dropped in short stalls: the sessions were busy ${percent(busy)} of the time, and yet there were moments without a free one. The relay, its disk or this machine stood still for up to ${milliseconds(totals.phases.message_duration?.max ?? 0)}.`,
  );
}

function behindTheRelay({ delivery, totals }: Scene): Answer | undefined {
  const { accepting } = totals.phases;
  if (delivery?.transit === undefined || accepting === undefined) return undefined;
  const { p50 } = delivery.transit;
  if (p50 < 1000 || p50 < 10 * accepting.p50) return undefined;
  return is(
    "sink",
    `The way behind the relay was the limit: messages were accepted in ${milliseconds(accepting.p50)} and arrived ${milliseconds(p50)} later (medians); they waited in the relay's queue or at the sink.`,
  );
}

function slowPhase({ totals }: Scene): Answer | undefined {
  const { phases } = totals;
  const share = phaseShares(totals);
  const roundTrip = phases.connecting?.p50;
  const median = phases.message_duration?.p50 ?? 0;
  const trips = phases.envelope === undefined ? 4 : 2;
  if (roundTrip !== undefined && roundTrip >= FAR_MS && trips * roundTrip > 0.7 * median)
    return is(
      "network",
      `The network was the limit: ${trips} round trips of ${milliseconds(roundTrip)} are most of the time of a message. More sessions, pipelining or batches hide that.`,
    );
  if (share.sending > MOST)
    return is(
      "network",
      "The connection was the limit: most of the time went into handing the octets over, because of the network or a relay that reads slowly.",
    );
  if (share.accepting > MOST)
    return is(
      "relay",
      "The relay was the limit: most of the time passed between the final dot and its reply, which is its queue, its disk and its content checks.",
    );
  if (share.envelope > MOST)
    return is(
      "relay",
      "The relay was the limit: most of the time passed before it answered MAIL and RCPT, which is its policy checks and look-ups.",
    );
  const { banner } = phases;
  if (banner !== undefined && banner.mean > 10 * (roundTrip ?? 0) && sessionShare(totals) > MOST)
    return is("relay", "The relay was the limit: it was slow to greet new connections.");
  return undefined;
}

function nothingAnswered(totals: LoadTotals): string {
  if (totals.errors.length > 0) return `The relay answered to no message. ${worstError(totals)}`;
  if (totals.sessions.opened > 0) return "No message was sent; sessions were opened only.";
  return "Nothing was measured.";
}

function brokenShare({ messages }: LoadTotals): number {
  return (messages.failed + messages.uncertain) / messagesOf(messages);
}

function brokenOff(totals: LoadTotals): string {
  return `${percent(brokenShare(totals))} of the messages failed on the way. ${worstError(totals)}`;
}

function worstError({ errors: [worst] }: LoadTotals): string {
  if (worst === undefined) return "No error tells why.";
  return `Most frequent error: ${worst.error} at ${worst.phase}, ${worst.count} times.`;
}

/** CPU of k6 as a share of all cores, in the quarter of the time in which it was highest. */
function cpuShare({ intervals, cores }: Scene): number {
  return highest(intervals, ({ cpu, seconds }) => cpu / seconds / cores) ?? 0;
}

/** The same of all programs together; undefined where the machine does not tell. */
function machineShare({ intervals }: Scene): number | undefined {
  return highest(intervals, ({ busy }) => busy);
}

function highest(
  intervals: readonly LoadInterval[],
  shareOf: (interval: LoadInterval) => number | undefined,
): number | undefined {
  // Each scenario's row of the same time has the CPU of the whole process.
  const byTime = new Map(intervals.filter(({ seconds }) => seconds > 0.2).map((row) => [row.at, row]));
  const shares = [...byTime.values()]
    .map(shareOf)
    .filter((share) => share !== undefined)
    .sort((a, b) => b - a);
  const top = shares.slice(0, Math.ceil(shares.length / 4));
  return top.length === 0 ? undefined : top.reduce((sum, share) => sum + share, 0) / top.length;
}

/** Of the time of all VUs, the share in which a message was under way. */
function busyShare({ totals, intervals }: Scene): number {
  const vus = intervals.reduce((most, row) => Math.max(most, row.vus), 1);
  return spent(totals, "message_duration") / 1000 / Math.max(totals.seconds * vus, Number.MIN_VALUE);
}

/** One reply is slow and the other quick: programs that want for CPU would be slow with both. */
function waitsElsewhere(totals: LoadTotals): boolean {
  const { envelope, accepting } = phaseShares(totals);
  const { phases } = totals;
  const quick = accepting > envelope ? (phases.envelope ?? phases.mail) : phases.accepting;
  return Math.max(envelope, accepting) > NEARLY_ALL && quick !== undefined && quick.p50 < FAR_MS;
}

/** Of the time of all messages. Phases of lockstep and of pipelining are counted as one. */
function phaseShares(totals: LoadTotals): { sending: number; accepting: number; envelope: number } {
  const all = spent(totals, "message_duration");
  const share = (...phases: readonly LoadPhase[]): number =>
    all === 0 ? 0 : phases.reduce((sum, phase) => sum + spent(totals, phase), 0) / all;
  return {
    sending: share("sending"),
    accepting: share("accepting"),
    envelope: share("mail", "rcpt", "data", "envelope"),
  };
}

function sessionShare(totals: LoadTotals): number {
  const opening = spent(totals, "banner") + spent(totals, "ehlo");
  return opening / Math.max(opening + spent(totals, "message_duration"), Number.MIN_VALUE);
}

function spent({ phases }: LoadTotals, phase: LoadPhase): number {
  const times = phases[phase];
  return times === undefined ? 0 : times.mean * times.count;
}

function evidenceOf(scene: Scene): string[] {
  const { totals, cores } = scene;
  const { phases } = totals;
  const machine = machineShare(scene);
  const all = machine === undefined ? "" : `, all programs of this machine ${percent(machine)}`;
  const evidence = [`k6 used ${percent(cpuShare(scene))} of ${cores} cores where it was busiest${all}`];
  if (totals.dropped > 0) {
    const asked = totals.dropped + totals.iterations;
    evidence.push(
      `${totals.dropped} of ${asked} iterations (${percent(totals.dropped / asked)}) found no free VU`,
    );
  } else if (scene.open) evidence.push("no iteration was dropped");
  const { envelope, sending, accepting } = phaseShares(totals);
  if (phases.message_duration !== undefined)
    evidence.push(
      `time of a message: ${percent(envelope)} from MAIL to the reply that asks for it, ${percent(sending)} sending it, ${percent(accepting)} from the final dot to its reply`,
    );
  if (phases.connecting !== undefined) {
    const { message_duration: whole } = phases;
    const message = whole === undefined ? "" : `, a message ${milliseconds(whole.p50)}`;
    evidence.push(
      `a connection (one round trip) took ${milliseconds(phases.connecting.p50)}${message} (${message === "" ? "median" : "medians"})`,
    );
  }
  for (const { phase, error, count } of totals.errors.slice(0, 3))
    evidence.push(`${count} times ${error} at ${phase}`);
  return evidence;
}
