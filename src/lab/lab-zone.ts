import type { DnsHandler } from "./dns-server.ts";
import type { Zone, ZoneEntry } from "./dns-zone.ts";
import type { MxMode } from "./fault.ts";

/** The domain whose mail the lab takes. */
export const LAB_DOMAIN = "lab.test";
export const MX_HOST = "mx.lab.test";

const SOA = { mname: "ns.lab.test", rname: "hostmaster.lab.test", serial: 1, minimum: 1 };

/** Names of the lab. `hosts`: the relays' names; `addresses`: where its ports listen. */
export function labZone(hosts: readonly string[], addresses: readonly string[]): Zone {
  const here: ZoneEntry = {
    A: addresses.filter((address) => !address.includes(":")),
    ...(addresses.includes("::1") ? { AAAA: ["::1"] } : {}),
  };
  return {
    [LAB_DOMAIN]: {
      SOA: [SOA],
      NS: ["ns.lab.test"],
      MX: [{ preference: 10, exchange: MX_HOST }],
      TXT: ["v=spf1 ip4:127.0.0.1 -all"],
    },
    "_dmarc.lab.test": { TXT: ["v=DMARC1; p=reject"] },
    [MX_HOST]: here,
    "mx2.lab.test": here,
    "probe.lab.test": here,
    "ns.lab.test": here,
    "1.0.0.127.in-addr.arpa": { PTR: [hosts[0] ?? MX_HOST] },
    // Every way in which an MX set can be special, for probes that want one without a fault switched on.
    "two.lab.test": {
      MX: [
        { preference: 10, exchange: MX_HOST },
        { preference: 20, exchange: "mx2.lab.test" },
      ],
    },
    "signed.lab.test": { MX: [{ preference: 10, exchange: MX_HOST }], ad: true },
    "implicit.lab.test": here,
    "null.lab.test": MX_SETS.null_mx,
    "cname-mx.lab.test": MX_SETS.cname,
    "literal-mx.lab.test": MX_SETS.ip_literal,
    "dangling-mx.lab.test": MX_SETS.no_address,
    "no-mx.lab.test": MX_SETS.gone,
    "alias.lab.test": { CNAME: [MX_HOST] },
    "addressless.lab.test": { TXT: ["a name without address"] },
    "loop.lab.test": { CNAME: ["loop.lab.test"] },
    ...Object.fromEntries(hosts.map((host) => [host, here])),
  };
}

const MX_SETS: Readonly<Record<MxMode, ZoneEntry>> = {
  null_mx: { MX: [{ preference: 0, exchange: "." }] },
  cname: { MX: [{ preference: 10, exchange: "alias.lab.test" }] },
  ip_literal: { MX: [{ preference: 10, exchange: "127.0.0.1" }] },
  no_address: { MX: [{ preference: 10, exchange: "addressless.lab.test" }] },
  gone: { TXT: ["a domain without mail"] },
};

/** Replaces the MX set of the lab's domain while a fault says so. */
export function mxHandler(mode: () => MxMode | undefined): DnsHandler {
  return ({ name, type }) => {
    const current = type === "MX" && name.toLowerCase() === LAB_DOMAIN ? mode() : undefined;
    if (current === undefined) return undefined;
    const records = (MX_SETS[current].MX ?? []).map((data) => ({ name, type, ttl: 1, data }));
    return { rcode: "NOERROR", records };
  };
}
