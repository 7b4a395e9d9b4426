import { z } from "zod";
import { OptionsError } from "../../src/model/probe.ts";
import { Secret } from "../../src/model/secret.ts";
import { canonicalName, nameProblem } from "../../src/standards/dns/name.ts";
import { parseServerAddress } from "../../src/standards/dns/server-address.ts";
import { DNSBL_PRESETS, dnsblPreset } from "../../src/standards/dnsbl/presets.ts";
import { MIN_INTERVAL_MS, type DnsblZone } from "../../src/standards/dnsbl/zone.ts";
import { parseOptions } from "../common/options.ts";

/** One list to ask, as who. */
export interface ListChoice {
  readonly zone: DnsblZone;
  /** Part of the name that is asked: never shown. */
  readonly key?: Secret;
}

export interface BlocklistOptions {
  readonly lists: readonly ListChoice[];
  /** Name servers in place of the configured ones. */
  readonly servers?: readonly string[];
}

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const duration = z
  .string()
  .regex(/^[0-9]{1,9}(ms|s|m|h|d)$/, "must be a duration such as 15m")
  .transform((text) => {
    const unit = text.replace(/[0-9]+/, "") as keyof typeof UNIT_MS;
    return Number.parseInt(text, 10) * UNIT_MS[unit];
  });

const name = z
  .string()
  .min(1, "must not be empty")
  .refine((text) => nameProblem(text) === undefined, "must be a domain name")
  .transform(canonicalName);

/** Letters, digits and hyphens: it becomes a label of a name. The message must not repeat it. */
const key = z
  .union([z.string().transform((text) => new Secret(text)), z.instanceof(Secret)])
  .refine((secret) => /^[a-z0-9-]{1,63}$/i.test(secret.reveal()), "must be letters, digits and hyphens");

const server = z
  .string()
  .refine((text) => parseServerAddress(text) !== undefined, "must be an address, with or without port");

const octets = /^127(\.([0-9]{1,3}(-[0-9]{1,3})?|\*)){3}$/;

const listSchema = z.strictObject({
  preset: z.string().optional(),
  key: key.optional(),
  zone: name.optional(),
  /** Name to show in place of the zone. */
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,63}$/, "must be letters, digits, dots, hyphens")
    .optional(),
  /** What the list has entries for. */
  kinds: z
    .array(z.enum(["ipv4", "ipv6", "domain"]))
    .min(1)
    .optional(),
  /** Meaning by answer: `127.0.0.4-7: exploited host`. Other answers are then unknown. */
  codes: z
    .record(z.string().regex(octets, "must be an answer such as 127.0.0.2"), z.string().max(100))
    .optional(),
  white: z.boolean().optional(),
  informational: z.boolean().optional(),
  /** `false`: the list has no test points, so its health cannot be known. */
  test_points: z
    .union([z.literal(false), z.strictObject({ listed: z.string(), unlisted: z.string().optional() })])
    .optional(),
  min_interval: duration.optional(),
  delist_url: z.url({ protocol: /^https?$/ }).optional(),
});

const schema = z.strictObject({
  lists: z.array(listSchema).max(64).optional(),
  resolver: z.strictObject({ servers: z.array(server).min(1).max(8) }).optional(),
  /** For all lists: longer than a preset asks for, or any for a zone of one's own. */
  min_interval: duration.optional(),
});

type ListInput = z.output<typeof listSchema>;

/** What a preset fixes: its description is not the user's to change, only to be asked less often. */
const OF_A_ZONE = ["name", "kinds", "codes", "white", "informational", "test_points", "delist_url"] as const;

function presetZone(id: string, list: ListInput, at: number): DnsblZone {
  const zone = dnsblPreset(id);
  if (!zone) {
    const known = DNSBL_PRESETS.map((preset) => preset.id).join(", ");
    throw new OptionsError(`must be one of: ${known}`, ["lists", at, "preset"]);
  }
  const extra = OF_A_ZONE.find((option) => list[option] !== undefined);
  if (extra) throw new OptionsError("goes with `zone`, not with `preset`", ["lists", at, extra]);
  if (list.key && zone.keyedZone === undefined) {
    throw new OptionsError(`${id} takes no key`, ["lists", at, "key"]);
  }
  return zone;
}

function ownZone(zone: string, list: ListInput): DnsblZone {
  const { codes, white, informational, test_points, delist_url } = list;
  return {
    id: list.name ?? zone,
    title: list.name ?? zone,
    zone,
    kinds: list.kinds ?? ["ipv4"],
    minIntervalMs: MIN_INTERVAL_MS,
    ...(codes && { codes: Object.entries(codes).map(([match, meaning]) => ({ match, meaning })) }),
    ...(white !== undefined && { white }),
    ...(informational !== undefined && { informational }),
    ...(test_points !== undefined && {
      testPoints: test_points && {
        listed: test_points.listed,
        ...(test_points.unlisted !== undefined && { unlisted: test_points.unlisted }),
      },
    }),
    ...(delist_url !== undefined && { delistUrl: delist_url }),
  };
}

function choose(list: ListInput, at: number, minIntervalMs: number | undefined): ListChoice {
  if ((list.preset === undefined) === (list.zone === undefined)) {
    throw new OptionsError("must have either `preset` or `zone`", ["lists", at]);
  }
  const asked = list.min_interval ?? minIntervalMs;
  const zone = list.zone === undefined ? presetZone(list.preset ?? "", list, at) : ownZone(list.zone, list);
  const interval =
    list.zone === undefined ? Math.max(zone.minIntervalMs, asked ?? 0) : (asked ?? zone.minIntervalMs);
  return { zone: { ...zone, minIntervalMs: interval }, ...(list.key && { key: list.key }) };
}

/** Throws `OptionsError`. Without `lists`, the presets that need no key. */
export function parseBlocklistOptions(input: unknown): BlocklistOptions {
  const { lists, resolver, min_interval } = parseOptions(schema, input);
  const inputs: readonly ListInput[] =
    lists ?? DNSBL_PRESETS.filter(({ byDefault }) => byDefault).map(({ id }) => ({ preset: id }));
  const chosen = inputs.map((list, at) => choose(list, at, min_interval));
  const seen = new Set<string>();
  for (const [at, { zone }] of chosen.entries()) {
    if (seen.has(zone.id)) throw new OptionsError(`${zone.id} is there twice`, ["lists", at]);
    seen.add(zone.id);
  }
  return { lists: chosen, ...(resolver && { servers: resolver.servers }) };
}
