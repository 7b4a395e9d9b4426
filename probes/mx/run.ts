import type { MxEvidence } from "../../src/model/evidence.ts";
import { FaultError } from "../../src/model/observation.ts";
import type { Memory, ProbeIo } from "../../src/model/probe.ts";
import type { Domain } from "../../src/model/subject.ts";
import { lookUpMx, setOf } from "./mx-set.ts";
import type { MxOptions } from "./options.ts";
import { reachHosts } from "./reach.ts";

/** By domain: a reload may put another one under the same name. */
function memoryKey({ domain }: Partial<MxEvidence>): string {
  return `mx-set ${domain}`;
}

/** The set of the last run that knew it; `undefined` the first time. */
function recallSet(memory: Memory, key: string): readonly string[] | undefined {
  const value = memory.recall(key);
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
}

/** Compares with the last run, and remembers. Only sets that are known come here. */
function compare(memory: Memory, notes: Partial<MxEvidence>): void {
  const now = setOf(notes);
  const key = memoryKey(notes);
  const before = recallSet(memory, key);
  if (before && before.join("\n") !== now.join("\n")) notes.previous = before;
  memory.remember(key, now);
}

/** Looks up the MX set, compares it with the last one, and contacts the hosts. */
export async function runMx(
  subject: Domain,
  options: MxOptions,
  io: ProbeIo,
  notes: Partial<MxEvidence>,
): Promise<void> {
  notes.domain = subject.domain;
  const end = io.phases.begin("dns");
  try {
    const { signal } = io;
    await lookUpMx(subject.domain, (name, type) => io.resolve(name, type, { signal }), notes);
    end();
  } catch (error) {
    end(error instanceof FaultError ? error.fault.code : "dns_timeout");
    throw error;
  }
  compare(io.memory, notes);
  if (options.reach) await reachHosts(notes.hosts ?? [], subject, io);
}
