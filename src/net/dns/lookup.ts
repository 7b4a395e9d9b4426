import type { DnsRecord, DnsResult, DnsType } from "../../model/dns.ts";
import type { Clock } from "../../model/probe.ts";
import { canonicalName, nameProblem } from "../../standards/dns/name.ts";
import type { ServerAddress } from "../../standards/dns/server-address.ts";
import { ALIASES_MAX, readAnswer } from "./answer.ts";
import { ask, type Asker } from "./ask.ts";

/** A result, and for how many seconds a cache may repeat it; `undefined`: not at all. */
export interface Looked<T extends DnsType = DnsType> {
  readonly result: DnsResult<T>;
  readonly ttl: number | undefined;
}

/** A look-up under way: what the replies so far add up to. */
interface Progress {
  readonly aliases: string[];
  authenticated: boolean;
  ttl: number;
}

function malformed(detail: string, durationMs: number, server?: string): Looked<never> {
  const result = { status: "malformed", detail, durationMs, extendedErrors: [] } as const;
  return { result: server === undefined ? result : { ...result, server }, ttl: undefined };
}

/**
 * Looks a name up, following aliases from reply to reply where the server did not. Bounded by `ALIASES_MAX` further
 * questions. Rejects only when `signal` aborts.
 */
export async function lookup<T extends DnsType>(
  asker: Asker,
  clock: Clock,
  question: { readonly name: string; readonly type: T },
  servers: readonly ServerAddress[],
  signal: AbortSignal | undefined,
): Promise<Looked<T>> {
  const problem = nameProblem(question.name);
  if (problem !== undefined) return malformed(`the name cannot be asked: ${problem}`, 0);
  const started = clock.monotonic();
  const elapsed = (): number => clock.monotonic() - started;
  const progress: Progress = { aliases: [], authenticated: true, ttl: Number.POSITIVE_INFINITY };
  let name = canonicalName(question.name);
  while (true) {
    const asked = await ask(asker, name, question.type, servers, signal);
    if (!("reply" in asked)) return { result: { ...asked, durationMs: elapsed() }, ttl: undefined };
    const { reply, server } = asked;
    const answer = readAnswer(reply, name, question.type);
    if (answer.kind === "broken") return malformed(answer.problem, elapsed(), server);
    progress.authenticated &&= reply.authenticated;
    progress.aliases.push(...answer.aliases);
    if (answer.kind === "alias") {
      name = answer.aliases.at(-1) ?? name;
      progress.ttl = Math.min(progress.ttl, answer.ttl);
      const looped = new Set(progress.aliases).size < progress.aliases.length;
      if (!looped && progress.aliases.length <= ALIASES_MAX) continue;
      return malformed("the aliases (CNAME) of the name form a loop, or are too many", elapsed(), server);
    }
    const base = { server, durationMs: elapsed(), extendedErrors: reply.extendedErrors };
    const { aliases, authenticated } = progress;
    const ttl = answer.ttl === undefined ? undefined : Math.min(answer.ttl, progress.ttl);
    if (answer.kind !== "records") {
      return { result: { status: answer.kind, aliases, authenticated, ...base }, ttl };
    }
    const records = answer.records as readonly DnsRecord<T>[];
    return { result: { status: "ok", records, aliases, authenticated, ...base }, ttl };
  }
}
