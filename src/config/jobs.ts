import type { Job, Probe, Schedule } from "../model/probe.ts";
import type { Subject } from "../model/subject.ts";
import type { Module } from "./config.ts";
import { parseDuration } from "./duration.ts";
import { type Filled, type FilledRelay, intervalOf } from "./filled.ts";
import type { Complaint } from "./issues.ts";
import { type OptionsInput, readOptions } from "./probe-options.ts";
import type { Path } from "./problem.ts";

export type Probes = ReadonlyMap<string, Probe>;

export interface Subjects {
  readonly relays: readonly Subject[];
  readonly domains: readonly Subject[];
  readonly addresses: readonly Subject[];
}

/**
 * Every probe of every entry. Pure: entries and probes in, jobs and complaints out. The probe itself reads its
 * options, so that a new one needs nothing here.
 */
export function jobsOf(
  filled: Filled,
  subjects: Subjects,
  probes: Probes,
): { readonly jobs: readonly Job[]; readonly complaints: readonly Complaint[] } {
  const complaints: Complaint[] = blocklistComplaints(filled, probes);
  const listsAreBad = complaints.length > 0;
  const jobs: Job[] = [];
  for (const section of ["relays", "domains", "addresses"] as const) {
    for (const [i, entry] of filled[section].entries()) {
      const subject = subjects[section][i];
      for (const kind of entry.probes) {
        const probe = probes.get(kind);
        if (subject === undefined || probe === undefined || probe.subject !== subject.kind) continue;
        if (kind === "blocklist" && listsAreBad) continue;
        const given =
          section === "relays" ? ownRelayOptions(filled.relays[i], kind, i) : sharedOptions(filled, kind);
        const result = readOptions(
          probe,
          withOverrides(given, entry.options?.[kind], [section, i, "options", kind]),
        );
        if ("complaints" in result) complaints.push(...result.complaints);
        else {
          jobs.push({
            id: `${kind}/${subject.kind}/${subject.name}`,
            subject,
            probe: kind,
            options: result.options,
            ...scheduleOf(entry, kind),
            timeoutMs: parseDuration(entry.timeout) ?? 0,
          });
        }
      }
    }
  }
  return { jobs, complaints };
}

/** The modules of `/probe`, each with its options as its probe reads them. */
export function modulesOf(
  filled: Filled,
  probes: Probes,
): { readonly modules: ReadonlyMap<string, Module>; readonly complaints: readonly Complaint[] } {
  const complaints: Complaint[] = [];
  const modules = new Map<string, Module>();
  const listsAreBad = blocklistComplaints(filled, probes).length > 0;
  for (const [name, { probe: kind, timeout, ...own }] of Object.entries(filled.modules)) {
    const probe = probes.get(kind);
    if (probe === undefined || (kind === "blocklist" && listsAreBad)) continue;
    const result = readOptions(probe, withOverrides(sharedOptions(filled, kind), own, ["modules", name]));
    if ("complaints" in result) complaints.push(...result.complaints);
    else {
      const timeoutMs = parseDuration(timeout ?? filled.defaults.timeout) ?? 0;
      modules.set(name, { name, probe: kind, options: result.options, timeoutMs });
    }
  }
  return { modules, complaints };
}

function scheduleOf(
  entry: { interval?: string | undefined; cron?: string | undefined; probes: readonly string[] },
  probe: string,
): { schedule?: Schedule } {
  if (entry.cron !== undefined) return { schedule: { cron: entry.cron } };
  const everyMs = intervalOf(entry, probe);
  return everyMs === undefined ? {} : { schedule: { everyMs } };
}

/** What the keys of a relay's entry mean to its probes. */
function ownRelayOptions(relay: FilledRelay | undefined, kind: string, i: number): OptionsInput {
  const at = ["relays", i];
  if (relay === undefined) return { input: {}, origin: () => at };
  const { certificate_warn_days } = relay.tls;
  if (kind === "smtp") {
    const { depth, expect, mode, chunking, foreign_recipient, forged_sender } = relay;
    const input = {
      depth,
      expect,
      mode,
      chunking,
      ...(foreign_recipient === undefined ? {} : { foreign_recipient }),
      ...(forged_sender === undefined ? {} : { forged_sender }),
      certificate_warn_days,
    };
    const origin = (path: Path) =>
      path[0] === "certificate_warn_days" ? [...at, "tls", ...path] : [...at, ...path];
    return { input, origin };
  }
  if (kind === "tls") return { input: { certificate_warn_days }, origin: (path) => [...at, "tls", ...path] };
  return { input: {}, origin: () => at };
}

/** The options that come from a section of their own. */
function sharedOptions(filled: Filled, kind: string): OptionsInput {
  if (kind !== "blocklist" || filled.blocklists.length === 0) return { input: {}, origin: (path) => path };
  return {
    input: { lists: listsOf(filled) },
    origin: ([first, ...rest]) => (first === "lists" ? ["blocklists", ...rest] : ["blocklists"]),
  };
}

/** The `blocklists` section as the probe takes it, which knows durations of one unit only. */
export function listsOf(filled: Filled): Readonly<Record<string, unknown>>[] {
  return filled.blocklists.map((list) => ({
    ...list,
    ...(list.min_interval === undefined
      ? {}
      : { min_interval: `${(parseDuration(list.min_interval) ?? 0) / 1000}s` }),
  }));
}

function withOverrides(
  given: OptionsInput,
  own: Readonly<Record<string, unknown>> | undefined,
  at: Path,
): OptionsInput {
  if (own === undefined) return given;
  return {
    input: { ...given.input, ...own },
    origin: (path) =>
      Object.hasOwn(given.input, path[0] ?? "") && !Object.hasOwn(own, path[0] ?? "")
        ? given.origin(path)
        : [...at, ...path],
  };
}

/** Each list read alone, so that all that are wrong are named, and also when nothing is looked up in them yet. */
function blocklistComplaints(filled: Filled, probes: Probes): Complaint[] {
  const probe = probes.get("blocklist");
  if (probe === undefined) return [];
  return listsOf(filled).flatMap((list, i) => {
    const origin = ([first, second, ...rest]: Path): Path =>
      first === "lists" && second === 0 ? ["blocklists", i, ...rest] : ["blocklists", i];
    const result = readOptions(probe, { input: { lists: [list] }, origin });
    return "complaints" in result ? result.complaints : [];
  });
}
