import type { SmtpDepth, SmtpExpectation } from "../model/evidence.ts";
import { parseDuration } from "./duration.ts";
import { isMailAddress, toDomain } from "./host.ts";
import { Reference } from "./references.ts";
import type {
  AddressSettings,
  DomainSettings,
  MailboxSettings,
  RelaySettings,
  RouteSettings,
  Settings,
} from "./schema/index.ts";
import { parseServiceUrl, RELAY_SCHEMES, type ServiceUrl } from "./service-url.ts";
import type { RelayScheme } from "../model/subject.ts";

/** Entries in which nothing is inherited any more: what is not here is off. */
interface Timed {
  readonly timeout: string;
  /** Absent with `cron`. */
  readonly interval?: string | undefined;
}

interface Probed extends Timed {
  readonly probes: readonly string[];
}

export interface FilledRelay
  extends Omit<RelaySettings, keyof Probed | "url" | "helo" | "from" | "to" | "depth">,
    Probed {
  readonly url: string;
  readonly helo: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly depth: SmtpDepth;
}

export interface FilledDomain
  extends Omit<Exclude<DomainSettings, string>, keyof Probed | "helo" | "domain">,
    Probed {
  readonly domain: string;
  readonly helo: string;
}

export interface FilledAddress extends Omit<Exclude<AddressSettings, string>, keyof Probed | "name">, Probed {
  readonly name: string;
}

export type FilledRoute = Omit<RouteSettings, keyof Timed> & Timed;

export interface FilledMailbox extends Omit<MailboxSettings, "url" | "address"> {
  readonly url: string;
  readonly address: string;
}

export interface Filled extends Omit<Settings, "relays" | "domains" | "addresses" | "mailboxes" | "routes"> {
  readonly relays: readonly FilledRelay[];
  readonly domains: readonly FilledDomain[];
  readonly addresses: readonly FilledAddress[];
  readonly mailboxes: readonly FilledMailbox[];
  readonly routes: readonly FilledRoute[];
}

const DOMAIN_INTERVAL = "5m";
/** Blocklists ask for restraint: their operators count queries, and a listing changes slowly. */
const ADDRESS_INTERVAL = "30m";
const TLS_INTERVAL = "10m";

/** How far each negative test goes. */
export const DEPTH_OF: Readonly<Record<Exclude<SmtpExpectation, "accept">, SmtpDepth>> = {
  refuse_relay: "rcpt",
  refuse_sender: "rcpt",
  refuse_credentials: "auth",
  refuse_auth_without_tls: "auth",
};

/** Settings with everything written out that an entry inherits or that follows from its other keys. */
export function fillIn(settings: Settings, machineHelo: () => string): Filled {
  const { defaults } = settings;
  const helo = (own: string | Reference | undefined) => plain(own ?? defaults.helo) ?? machineHelo();
  const timed = (
    entry: { cron?: string | undefined; interval?: string | undefined; timeout?: string | undefined },
    usual: string,
  ): Timed => ({
    ...(entry.cron === undefined || entry.interval !== undefined
      ? { interval: entry.interval ?? usual }
      : {}),
    timeout: entry.timeout ?? defaults.timeout,
  });
  return {
    ...settings,
    defaults: { ...defaults, helo: helo(undefined) },
    relays: settings.relays.map((relay) => ({
      ...fillRelay(relay, settings),
      helo: helo(relay.helo),
      ...timed(
        relay,
        relay.probes?.every((probe) => probe === "tls") === true ? TLS_INTERVAL : defaults.interval,
      ),
    })),
    domains: settings.domains.map((entry) => {
      const domain = typeof entry === "string" ? asMapping(toDomain(entry) ?? entry) : entry;
      return {
        ...domain,
        domain: toDomain(domain.domain ?? domain.name) ?? domain.name,
        helo: helo(domain.helo),
        probes: domain.probes ?? ["mx"],
        ...timed(domain, DOMAIN_INTERVAL),
      };
    }),
    addresses: settings.addresses.map((entry) => {
      const address = typeof entry === "string" ? { address: entry, labels: {} } : entry;
      const text = toDomain(address.address) ?? address.address.toLowerCase();
      return {
        ...address,
        address: text,
        name: address.name ?? text,
        probes: address.probes ?? ["blocklist"],
        ...timed(address, ADDRESS_INTERVAL),
      };
    }),
    mailboxes: settings.mailboxes.map((mailbox) => ({
      ...mailbox,
      url: plain(mailbox.url),
      address: plain(mailbox.address),
    })),
    routes: settings.routes.map((route) => ({ ...route, ...timed(route, defaults.interval) })),
  };
}

function asMapping(name: string): Exclude<DomainSettings, string> {
  return { name, dkim_selectors: [], sends_via: [], port: 25, labels: {} };
}

function fillRelay(relay: RelaySettings, { defaults }: Settings): Omit<FilledRelay, "helo" | keyof Timed> {
  const url = plain(relay.url);
  const username = plain(relay.auth?.username);
  const to = relay.to === undefined ? [] : [relay.to].flat().map((address) => plain(address));
  const starttls = relay.tls.starttls ?? usualStarttls(relayUrl(url).scheme);
  const speaksTls = starttls !== "never";
  const usual =
    to.length > 0
      ? "rcpt"
      : relay.auth !== undefined
        ? "auth"
        : speaksTls
          ? "tls"
          : ("ehlo" satisfies SmtpDepth);
  return {
    ...relay,
    url,
    from:
      plain(relay.from ?? defaults.from) ??
      (username !== undefined && isMailAddress(username) ? username : ""),
    to,
    depth: relay.depth ?? (relay.expect === "accept" ? usual : DEPTH_OF[relay.expect]),
    tls: { ...relay.tls, ...(starttls === undefined ? {} : { starttls }) },
    probes: relay.probes ?? (speaksTls ? ["smtp", "tls"] : ["smtp"]),
  };
}

/** `undefined`: TLS from the first byte, where there is nothing to start. */
function usualStarttls(scheme: RelayScheme): "required" | "opportunistic" | "never" | undefined {
  if (scheme === "submissions") return undefined;
  if (scheme === "lmtp") return "never";
  return scheme === "submission" ? "required" : "opportunistic";
}

/** The URL of a relay that the schema has accepted. */
export function relayUrl(text: string): ServiceUrl<RelayScheme> {
  const url = parseServiceUrl<RelayScheme>(text, RELAY_SCHEMES);
  if (typeof url === "string") throw new TypeError(`not a relay's URL: ${url}`);
  return url;
}

/** Time between two runs of one probe of an entry, ms; `undefined` with `cron`. A `tls` probe alone keeps the entry's. */
export function intervalOf(
  entry: Pick<Timed, "interval"> & { readonly probes?: readonly string[] },
  probe: string,
): number | undefined {
  if (entry.interval === undefined) return undefined;
  const ms = parseDuration(entry.interval) ?? 0;
  // A certificate does not change each minute; a handshake costs the server more than a greeting.
  const beside = probe === "tls" && (entry.probes?.length ?? 1) > 1;
  return beside ? Math.max(ms, parseDuration(TLS_INTERVAL) ?? 0) : ms;
}

/** A value that has been fetched, if it had to be. */
function plain<T extends string | undefined>(value: T | Reference): T {
  if (value instanceof Reference) throw new TypeError(`${value.toString()} has not been fetched`);
  return value;
}
