import { setImmediate } from "node:timers/promises";
import type { Subject } from "../model/subject.ts";
import { blocklistHandler } from "./blocklist.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { DnsServer, type DnsTrouble } from "./dns-server.ts";
import type { BlocklistMode, LabTarget } from "./fault.ts";
import { FaultPanel, type FaultStatus, type SwitchOptions } from "./fault-panel.ts";
import type { FaultState } from "./fault-state.ts";
import { Greylist } from "./greylist.ts";
import { LAB_DOMAIN, labZone, MX_HOST, mxHandler } from "./lab-zone.ts";
import { Mailbox } from "./mailbox.ts";
import { type Random, randomText, seededRandom } from "../model/random.ts";
import { type RelayServer, type ServiceName, startRelay } from "./relay.ts";
import type { LabUser } from "./sasl-server.ts";
import { MX_SERVICE, SERVICES } from "./service.ts";
import { labSubject } from "./subjects.ts";

export interface LabOptions {
  /** Names of the relays; each becomes the host `NAME.lab.test`. One named `relay` when absent. */
  readonly relays?: readonly string[];
  /** Who may log in. One named `probe`, who may send as anyone, and one named `limited`, who may not. */
  readonly users?: readonly LabUser[];
  /** Of queue ids, nonces, passwords. */
  readonly seed?: number;
  /** Ids of faults that are on from the start, everywhere. */
  readonly faults?: readonly string[];
  /** Listens on ::1 too, and says so in the DNS. Off by default, so that a run is the same on every machine. */
  readonly ipv6?: boolean;
  /** Largest message in bytes. */
  readonly sizeLimit?: number;
  /** Milliseconds since the epoch: decides greylisting and arrival times. */
  readonly now?: () => number;
}

export type LabPorts = Readonly<Record<Exclude<ServiceName, "mx">, number>>;

export interface LabRelay {
  readonly name: string;
  readonly host: string;
  readonly ports: LabPorts;
}

/** A mail world in one process, on loopback, with faults that can be switched while it runs. */
export interface Lab {
  /** Where all its ports are. */
  readonly address: string;
  /** Host name of the first relay. */
  readonly host: string;
  /** Whose mail the relays and the receiver take. */
  readonly domain: string;
  /** Of the first relay, and of the receiver. */
  readonly ports: LabPorts & { readonly mx: number };
  readonly relays: Readonly<Record<string, LabRelay>>;
  /** PEM of the root that signed the relays' certificates. */
  readonly ca: string;
  readonly certificates: Certificates;
  readonly dns: DnsServer;
  /** Zones of its blocklists. */
  readonly blocklists: { readonly address: string; readonly domain: string };
  /** `watched` is listed while the fault is on, `listed` always; documentation addresses (RFC 5737). */
  readonly addresses: { readonly watched: string; readonly listed: string };
  readonly users: readonly LabUser[];
  readonly mailbox: Mailbox;
  readonly faults: () => FaultStatus[];
  /** Switches a fault, on one relay or everywhere. Rejects with an `Error` for an unknown id, relay or option. */
  readonly set: (id: string, on: boolean, options?: SwitchOptions) => Promise<void>;
  /** Switches every fault off. */
  readonly reset: () => Promise<void>;
  /** What a configuration would say about it: of the first relay when none is named. */
  readonly subject: (target: LabTarget, relay?: string) => Subject;
  /** Closes every socket. Idempotent. */
  readonly stop: () => Promise<void>;
}

const BLOCKLISTS = { address: "bl.lab.test", domain: "dbl.lab.test" } as const;
const ADDRESSES = { watched: "192.0.2.10", listed: "192.0.2.66" } as const;
const RESERVED = new Set(["mx", "mx2", "ns", "bl", "dbl", "probe"]);
const SIZE_LIMIT = 10 * 1024 * 1024;
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const names = options.relays ?? ["relay"];
  for (const name of names) {
    if (!/^[a-z0-9-]{1,40}$/.test(name) || RESERVED.has(name))
      throw new Error(`"${name}" cannot name a relay`);
  }
  const random = seededRandom(options.seed ?? 1);
  const users = options.users ?? defaultUsers(random);
  const addresses = options.ipv6 === true ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
  const mailbox = new Mailbox();
  const panel = new FaultPanel([...names, "mx"]);
  const hosts = names.map((name) => `${name}.${LAB_DOMAIN}`);
  const certificates = await makeCertificates([...hosts, `*.${LAB_DOMAIN}`, "localhost"]);
  const greylists = [...names, "mx"].map((name): [string, Greylist] => [name, new Greylist()]);
  const dns = startDns(panel, hosts, addresses);
  const servers: RelayServer[] = [];
  const parts = {
    panel,
    servers,
    dns,
    certificates,
    users,
    mailbox,
    greylists: greylists.map(([, list]) => list),
  };
  try {
    await dns.start();
    for (const [name, greylist] of greylists) {
      const server = await startRelay({
        context: {
          relay: name,
          host: `${name}.${LAB_DOMAIN}`,
          domains: [LAB_DOMAIN],
          users,
          sizeLimit: options.sizeLimit ?? SIZE_LIMIT,
          faults: panel.of(name),
          greylist,
          mailbox,
          random,
          now: options.now ?? Date.now,
        },
        certificates,
        services: name === "mx" ? [MX_SERVICE] : SERVICES,
        addresses,
      });
      servers.push(server);
    }
    const lab = assemble(parts);
    for (const id of options.faults ?? []) await lab.set(id, true);
    return lab;
  } catch (error) {
    await stopAll(parts);
    throw error;
  }
}

interface Parts {
  readonly panel: FaultPanel;
  /** The receiver comes last. */
  readonly servers: readonly RelayServer[];
  readonly dns: DnsServer;
  readonly certificates: Certificates;
  readonly users: readonly LabUser[];
  readonly mailbox: Mailbox;
  readonly greylists: readonly Greylist[];
}

function assemble(parts: Parts): Lab {
  const { panel, servers, dns, certificates, users, mailbox } = parts;
  const mxPort = servers.at(-1)?.port("mx") ?? 0;
  const relays = Object.fromEntries(servers.slice(0, -1).map((server) => [server.name, describe(server)]));
  const first = Object.values(relays)[0] ?? describe(undefined);
  // One switch at a time: a port that is shut must be shut before it opens again.
  let switching: Promise<unknown> = Promise.resolve();
  const refresh = (): Promise<void> => {
    const next = switching.then(async () => {
      await Promise.all(servers.map((server) => server.refresh()));
    });
    switching = next.catch(() => undefined);
    return next;
  };
  return {
    address: "127.0.0.1",
    host: first.host,
    domain: LAB_DOMAIN,
    ports: { ...first.ports, mx: mxPort },
    relays,
    ca: certificates.ca,
    certificates,
    dns,
    blocklists: BLOCKLISTS,
    addresses: ADDRESSES,
    users,
    mailbox,
    faults: () => panel.list(),
    async set(id, on, options = {}) {
      panel.set(id, on, options);
      if (id === "greylist") for (const greylist of parts.greylists) greylist.clear();
      await refresh();
    },
    async reset() {
      panel.clear();
      dns.clearFaults();
      for (const greylist of parts.greylists) greylist.clear();
      await refresh();
    },
    subject(target, relay = first.name) {
      const server = servers.find((server) => server.name === relay);
      const user = users[0];
      if (server === undefined) throw new Error(`the lab has no relay "${relay}"`);
      if (user === undefined) throw new Error("the lab has no user");
      const { name, host, port } = server;
      return labSubject(target, {
        name,
        host,
        port,
        mxPort,
        ca: certificates.ca,
        user,
        watchedAddress: ADDRESSES.watched,
      });
    },
    async stop() {
      await switching;
      await stopAll(parts);
    },
  };
}

async function stopAll({ servers, dns }: Pick<Parts, "servers" | "dns">): Promise<void> {
  await Promise.all([...servers.map((server) => server.stop()), dns.stop()]);
  // Handles are gone one turn of the loop after their close is reported.
  await setImmediate();
}

function describe(server: RelayServer | undefined): LabRelay {
  const port = server?.port ?? (() => 0);
  const ports = {
    smtp: port("smtp"),
    submission: port("submission"),
    submissions: port("submissions"),
    lmtp: port("lmtp"),
  };
  return { name: server?.name ?? "", host: server?.host ?? "", ports };
}

function defaultUsers(random: Random): LabUser[] {
  const secret = (): string => randomText(random, LETTERS, 20);
  return [
    { username: "probe", password: secret(), accessToken: secret() },
    { username: "limited", password: secret(), senders: [LAB_DOMAIN] },
  ];
}

function startDns(panel: FaultPanel, hosts: readonly string[], addresses: readonly string[]): DnsServer {
  const owners = new Map<string, FaultState>([
    ...hosts.map((host): [string, FaultState] => [host, panel.of(host.slice(0, -LAB_DOMAIN.length - 1))]),
    [LAB_DOMAIN, panel.of("mx")],
    [MX_HOST, panel.of("mx")],
  ]);
  const mode = (): BlocklistMode | undefined => panel.everywhere.last("blocklist")?.mode;
  return new DnsServer({
    zone: labZone(hosts, addresses),
    trouble: ({ name }): DnsTrouble | undefined =>
      (owners.get(name.toLowerCase()) ?? panel.everywhere).last("dns"),
    handlers: [
      mxHandler(() => panel.everywhere.last("mx")?.mode),
      blocklistHandler({
        zone: BLOCKLISTS.address,
        kind: "address",
        listed: [ADDRESSES.listed],
        watched: [ADDRESSES.watched],
        mode,
      }),
      blocklistHandler({ zone: BLOCKLISTS.domain, kind: "domain", listed: [], watched: [LAB_DOMAIN], mode }),
    ],
  });
}
