import type { Probe } from "../model/probe.ts";
import type { Checked } from "./checked.ts";
import { parseDuration } from "./duration.ts";
import { credentials, relayDepth, relayTls } from "./check-relay.ts";
import { type Filled, intervalOf } from "./filled.ts";
import { toDomain, toMailDomain } from "./host.ts";
import { type Complaint, unknownKey, wrong } from "./issues.ts";
import { nearest } from "./nearest.ts";
import type { Path } from "./problem.ts";

/** What no key shows alone: names, references between entries, and keys that need or exclude each other. */
export function* crossCheck(
  filled: Filled,
  checked: Checked,
  probes: ReadonlyMap<string, Probe>,
): Generator<Complaint> {
  for (const section of ["relays", "domains", "addresses", "mailboxes", "routes"] as const) {
    yield* uniqueNames(section, filled[section]);
  }
  for (const section of ["relays", "domains", "addresses", "routes"] as const) {
    for (const [i, entry] of filled[section].entries()) yield* schedules(checked, [section, i], entry);
  }
  for (const section of ["relays", "domains", "addresses"] as const) {
    const kind = SUBJECT_OF[section];
    for (const [i, entry] of filled[section].entries()) {
      yield* probesOf([section, i], entry, kind, probes, checked);
    }
  }
  for (const [i, relay] of filled.relays.entries()) {
    yield* relayDepth(["relays", i], relay, checked);
    yield* credentials(["relays", i], relay, checked);
    yield* relayTls(["relays", i], relay, checked);
  }
  for (const [i, mailbox] of filled.mailboxes.entries())
    yield* credentials(["mailboxes", i], mailbox, checked);
  yield* references(filled, checked);
  yield* blocklists(filled, checked);
  for (const [name, { probe }] of Object.entries(filled.modules)) {
    if (!probes.has(probe)) yield unknownProbe(["modules", name, "probe"], probe, [...probes.keys()]);
  }
}

const SUBJECT_OF = { relays: "relay", domains: "domain", addresses: "address" } as const;

function* uniqueNames(section: string, entries: readonly { readonly name: string }[]): Generator<Complaint> {
  const seen = new Set<string>();
  for (const [i, { name }] of entries.entries()) {
    if (seen.has(name)) {
      yield wrong(
        [section, i, "name"],
        `${JSON.stringify(name)} is the name of another entry too`,
        `give each of the ${section} its own name`,
      );
    }
    seen.add(name);
  }
}

interface Scheduled {
  readonly interval?: string | undefined;
  readonly timeout: string;
  readonly cron?: string | undefined;
  readonly probes?: readonly string[];
}

function* schedules(checked: Checked, at: Path, entry: Scheduled): Generator<Complaint> {
  if (entry.cron !== undefined && entry.interval !== undefined) {
    yield wrong([...at, "cron"], "stands beside `interval`", "keep one of the two", "key");
  }
  const timeout = parseDuration(entry.timeout) ?? 0;
  const shortest = Math.min(
    ...(entry.probes ?? [""]).map((probe) => intervalOf(entry, probe) ?? Number.POSITIVE_INFINITY),
  );
  if (timeout < shortest || checked.isSpoilt([...at, "interval"]) || checked.isSpoilt([...at, "timeout"]))
    return;
  const own = (["timeout", "interval"] as const).find((key) => checked.has([...at, key]));
  const path = own === undefined ? ["defaults", "timeout"] : [...at, own];
  const said = `${entry.timeout} is not shorter than the interval of ${entry.interval}`;
  if (own === "interval")
    yield wrong(
      path,
      `the interval of ${entry.interval} is not longer than the timeout of ${entry.timeout}`,
      "let one run end before the next begins",
    );
  else yield wrong(path, `the timeout of ${said}`, "let one run end before the next begins");
}

function* probesOf(
  at: Path,
  entry: { readonly probes: readonly string[]; readonly options?: Record<string, unknown> | undefined },
  kind: string,
  probes: ReadonlyMap<string, Probe>,
  checked: Checked,
): Generator<Complaint> {
  const fitting = [...probes.values()].filter((probe) => probe.subject === kind).map((probe) => probe.kind);
  for (const [i, name] of entry.probes.entries()) {
    const path = [...at, "probes", i];
    if (!fitting.includes(name) && checked.has(path)) yield unknownProbe(path, name, fitting);
    else if (entry.probes.indexOf(name) < i) {
      yield wrong(path, `${JSON.stringify(name)} stands here twice`, "leave it out");
    }
  }
  for (const name of Object.keys(entry.options ?? {})) {
    if (!fitting.includes(name)) yield unknownKey([...at, "options", name], name, fitting);
    else if (!entry.probes.includes(name)) {
      yield wrong(
        [...at, "options", name],
        "is for a probe that does not run",
        `add ${name} to \`probes\``,
        "key",
      );
    }
  }
}

function unknownProbe(path: Path, name: string, known: readonly string[]): Complaint {
  const near = nearest(name, known);
  const remedy = near === undefined ? `write one of ${known.join(", ")}` : `did you mean ${near}?`;
  return wrong(path, `${JSON.stringify(name)} is no probe that can run here`, remedy);
}

function* references(filled: Filled, checked: Checked): Generator<Complaint> {
  const relays = checked.namesIn("relays");
  const mailboxes = checked.namesIn("mailboxes");
  for (const [i, route] of filled.routes.entries()) {
    yield* known(["routes", i, "relay"], route.relay, "relay", relays);
    yield* known(["routes", i, "mailbox"], route.mailbox, "mailbox", mailboxes);
  }
  for (const [i, domain] of filled.domains.entries()) {
    for (const [j, name] of domain.sends_via.entries())
      yield* known(["domains", i, "sends_via", j], name, "relay", relays);
    if (toMailDomain(domain.domain) === undefined) {
      yield wrong(
        ["domains", i, "name"],
        `${JSON.stringify(domain.name)} is not a domain name`,
        "add `domain: example.com`, or write the domain as the name",
      );
    }
  }
}

function* known(path: Path, name: string, kind: string, names: readonly string[]): Generator<Complaint> {
  if (names.includes(name)) return;
  const near = nearest(name, names);
  const list =
    names.length === 0 ? `there is no ${kind} in this file` : `known: ${names.slice(0, 20).join(", ")}`;
  yield wrong(
    path,
    `there is no ${kind} named ${JSON.stringify(name)}`,
    near === undefined ? list : `did you mean ${near}?`,
  );
}

function* blocklists(filled: Filled, checked: Checked): Generator<Complaint> {
  const seen = new Set<string>();
  for (const [i, { preset, zone }] of filled.blocklists.entries()) {
    if (checked.isSpoilt(["blocklists", i])) continue;
    if ((preset === undefined) === (zone === undefined)) {
      yield wrong(["blocklists", i], "must have either `preset` or `zone`", "write one of the two");
      continue;
    }
    const id = zone === undefined ? `preset ${preset}` : `zone ${toDomain(zone)}`;
    if (seen.has(id))
      yield wrong(
        ["blocklists", i, zone === undefined ? "preset" : "zone"],
        "names a list that stands here already",
        "leave it out",
      );
    seen.add(id);
  }
}
