import type { FaultCode } from "../../src/model/codes.ts";
import type { DnsRecord } from "../../src/model/dns.ts";
import type { BlocklistEvidence, Listing, ListingUnknown } from "../../src/model/evidence.ts";
import { FaultError } from "../../src/model/observation.ts";
import type { ProbeIo } from "../../src/model/probe.ts";
import type { Address } from "../../src/model/subject.ts";
import { toAsciiName } from "../../src/standards/dns/name.ts";
import type { ZoneHealth } from "../../src/standards/dnsbl/health.ts";
import { interpret } from "../../src/standards/dnsbl/interpret.ts";
import { appliesTo, queryName, queryZone } from "../../src/standards/dnsbl/query.ts";
import type { BlocklistOptions, ListChoice } from "./options.ts";
import { RememberedListings } from "./remembered.ts";
import { isDeadline } from "./wait.ts";
import type { Asking, ZoneHealths } from "./zone-health.ts";

/** A listing is reported only when the list was found healthy no longer ago than this. */
const TRUST_MS = 60_000;
const TEXT_MAX = 300;
const TEXT_RECORDS = 3;
/** A list answers with a handful of codes; one that is out of order, with thousands. */
const ANSWERS_MAX = 16;

/** Faults by which a look-up never reached the list, by the reason that stands in the listing. */
const DNS_FAULTS: Readonly<Partial<Record<ListingUnknown, FaultCode>>> = {
  servfail: "dns_servfail",
  dns_refused: "dns_refused",
  timeout: "dns_timeout",
  malformed: "dns_malformed",
};

/** One run over one address. */
interface Run {
  readonly address: string;
  readonly options: BlocklistOptions;
  readonly io: ProbeIo;
  readonly healths: ZoneHealths;
  readonly remembered: RememberedListings;
  readonly queries: Record<string, number>;
}

function flagsOf({ zone }: ListChoice): Pick<Listing, "list" | "white" | "informational"> {
  return {
    list: zone.id,
    ...(zone.white && { white: true }),
    ...(zone.informational && { informational: true }),
  };
}

function kept(answers: readonly string[]): readonly string[] {
  return answers.slice(0, ANSWERS_MAX);
}

function unknown(
  list: ListChoice,
  reason: ListingUnknown,
  durationMs: number,
  answers: readonly string[] = [],
): Listing {
  return { ...flagsOf(list), verdict: "unknown", reason, answers: kept(answers), meanings: [], durationMs };
}

/** Why the list lists it, in its own words: bounded, printable, and without our key in case the list repeats it. */
function readText(records: readonly DnsRecord<"TXT">[], { key }: ListChoice): string {
  const text = records
    .slice(0, TEXT_RECORDS)
    .map(({ data }) => data)
    .join(" / ")
    .replace(/\p{Cc}+/gu, " ");
  const secret = key?.reveal();
  const safe = secret === undefined ? text : text.replaceAll(new RegExp(secret, "gi"), "[redacted]");
  return safe.slice(0, TEXT_MAX);
}

function askingOf({ io, options, queries }: Run, list: ListChoice): Asking {
  return {
    io,
    servers: options.servers,
    count: (more) => {
      queries[list.zone.id] = (queries[list.zone.id] ?? 0) + more;
    },
  };
}

/** Asks one list about the address. The result never holds what was asked: that name may contain the key. */
async function askList(run: Run, list: ListChoice): Promise<Listing> {
  const { address, options, io, healths } = run;
  const started = io.clock.monotonic();
  const elapsed = (): number => io.clock.monotonic() - started;
  const asking = askingOf(run, list);
  const distrust = (health: ZoneHealth): Listing | undefined =>
    health.healthy ? undefined : unknown(list, health.reason, elapsed(), health.answers);
  const sick = distrust(await healths.of(list, asking));
  if (sick) return sick;

  const name = queryName(address, queryZone(list.zone, list.key?.reveal()));
  const resolveOptions = { signal: io.signal, ...(options.servers && { servers: options.servers }) };
  asking.count(1);
  const result = await io.resolve(name, "A", resolveOptions);
  const { verdict, reason, answers, meanings } = interpret(list.zone, result);
  if (reason) return unknown(list, reason, elapsed(), answers);
  const listing = { ...flagsOf(list), verdict, answers: kept(answers), meanings };
  if (verdict !== "listed") return { ...listing, durationMs: elapsed() };

  // A list may have begun to list the world since it was last found healthy.
  const sickNow = distrust(await healths.of(list, asking, TRUST_MS));
  if (sickNow) return sickNow;
  asking.count(1);
  const text = await io.resolve(name, "TXT", resolveOptions);
  const said = text.status === "ok" ? readText(text.records, list) : "";
  return { ...listing, ...(said !== "" && { text: said }), durationMs: elapsed() };
}

async function lookUp(run: Run, list: ListChoice): Promise<Listing> {
  const { io, remembered } = run;
  const { id, minIntervalMs } = list.zone;
  const recent = remembered.recent(id, minIntervalMs, io.clock.now());
  if (recent) return recent;
  const listing = await askList(run, list);
  remembered.add(listing, io.clock.now());
  const said = listing.reason ?? listing.answers.join(" ");
  io.phases.say("*", `${id}: ${listing.verdict}${said && ` (${said})`}`);
  return listing;
}

/** Nothing could be found out when not one list was reached. */
function faultOf(listings: readonly Listing[]): FaultError | undefined {
  const codes = listings.map(({ reason }) => reason && DNS_FAULTS[reason]);
  const [code] = codes;
  if (code === undefined || codes.includes(undefined)) return undefined;
  return new FaultError({
    code,
    phase: "dns",
    message: "none of the lists could be asked: the DNS look-ups failed",
  });
}

/**
 * Asks all lists that have entries for this kind of address, at the same time. What one list says stands in the
 * notebook as soon as it is known; a list that is silent until the deadline takes nothing from the others.
 */
export async function runBlocklist(
  subject: Address,
  options: BlocklistOptions,
  io: ProbeIo,
  notes: Partial<BlocklistEvidence>,
  healths: ZoneHealths,
): Promise<void> {
  const address = toAsciiName(subject.address) ?? subject.address;
  const lists = options.lists.filter(({ zone }) => appliesTo(zone, address));
  const queries: Record<string, number> = {};
  const remembered = new RememberedListings(io.memory, address);
  const run: Run = { address, options, io, healths, remembered, queries };
  notes.address = subject.address;
  notes.queries = queries;
  notes.listings = [];
  if (lists.length === 0) return;

  // Until a list has spoken, silence is what is known of it.
  const listings = lists.map((list) => unknown(list, "timeout", 0));
  let spoke = 0;
  const end = io.phases.begin("dns");
  try {
    await Promise.all(
      lists.map(async (list, index) => {
        listings[index] = await lookUp(run, list);
        spoke += 1;
      }),
    );
  } catch (error) {
    end("dns_timeout");
    if (spoke === 0 || !isDeadline(io.signal)) throw error;
  } finally {
    notes.listings = [...listings];
    remembered.save(new Set(lists.map(({ zone }) => zone.id)));
  }
  const fault = faultOf(listings);
  end(fault?.fault.code);
  if (fault) throw fault;
}
