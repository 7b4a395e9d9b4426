import { BlockList, isIP } from "node:net";
import { domainToASCII } from "node:url";
import type { DnsResult, Resolve } from "../model/dns.ts";

/** Whom load tests may load: the `loadtest` section of the configuration. */
export interface Permitted {
  /** Names, addresses and networks, as written. */
  readonly owned: readonly string[];
  readonly sinkDomains: readonly string[];
}

/** Why a load test may not be run, and what would have to be written for it. */
export interface Refusal {
  readonly message: string;
  readonly remedy: string;
}

export type Admission = { readonly addresses: readonly string[] } | Refusal;

/** Names that no mail can leave for (RFC 2606 section 2, RFC 6761 sections 6.2 to 6.4). */
const RESERVED = ["test", "example", "invalid", "localhost"];

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/**
 * The addresses at which a host may be loaded, IPv6 first. It is the addresses that count: a name that is not listed
 * passes only when every one of them is loopback or listed, so that nobody is loaded through a record of his own.
 */
export async function admitHost(host: string, { owned }: Permitted, resolve: Resolve): Promise<Admission> {
  const name = plainHost(host);
  if (isIP(name) !== 0) return isOwnedAddress(name, owned) ? { addresses: [name] } : refusedAddress(name);
  const answers = [
    await resolve(name, "AAAA", { host: true }),
    await resolve(name, "A", { host: true }),
  ] as const;
  const addresses = answers.flatMap((answer) => recordsOf<"A" | "AAAA">(answer));
  if (addresses.length === 0) return unresolved(name, answers);
  if (ownsName(name, owned)) return { addresses };
  const foreign = addresses.find((address) => !isOwnedAddress(address, owned));
  return foreign === undefined ? { addresses } : refusedName(name, foreign);
}

/** The same where another machine will resolve the name, such as a pod: only what is listed passes. */
export function admitListed(host: string, { owned }: Permitted): Refusal | undefined {
  const name = plainHost(host);
  const isListed = isIP(name) === 0 ? ownsName(name, owned) : isIn(name, networksOf(owned));
  if (isListed) return undefined;
  if (isIP(name) !== 0 && isIn(name, LOOPBACK)) {
    return {
      message: `${name} is loopback, and in a pod that is the pod itself`,
      remedy: "Name the relay by the address at which the pods reach it, and list that as yours.",
    };
  }
  return { message: `${name} is not listed as yours`, remedy: toAdd("owned", name) };
}

/** What old relays, and Postfix by default, take for a way to another domain: `name%far@near`, `far!name@near`. */
const ROUTED = /[%!@]/;
const WRITE = "Write it as name@domain.";

/** The first recipient whose mail might leave for a stranger. */
export function refuseRecipients(
  recipients: readonly string[],
  { owned, sinkDomains }: Permitted,
): Refusal | undefined {
  for (const given of recipients) {
    const recipient = given.trim();
    const domain = domainOf(recipient);
    if (/[\s<>\p{Cc}]/u.test(recipient))
      return { message: `the recipient ${JSON.stringify(recipient)} is no address`, remedy: WRITE };
    if (domain === undefined) return { message: `the recipient ${recipient} has no domain`, remedy: WRITE };
    if (ROUTED.test(recipient.slice(0, recipient.lastIndexOf("@"))))
      return {
        message: `the name in ${recipient} may be a way to another domain`,
        remedy: "Write it as name@domain, with no %, ! or @ in the name.",
      };
    if (isSink(domain, owned, sinkDomains)) continue;
    return {
      message: `mail for ${domain} may leave for somebody else's mailbox, and a load test would flood it`,
      remedy: `Give --to an address below .test, such as sink@load.test, or ${decapitalise(toAdd("sink_domains", domain))}`,
    };
  }
  return undefined;
}

function isSink(domain: string, owned: readonly string[], sinkDomains: readonly string[]): boolean {
  const literal = /^\[(?:ipv6:)?(.*)\]$/.exec(domain)?.[1];
  if (literal !== undefined) return isIP(literal) !== 0 && isOwnedAddress(literal, owned);
  const below = (ends: readonly string[]): boolean =>
    ends.some((end) => domain === end || domain.endsWith(`.${end}`));
  // A listed name of one label is a host of the own network; all of a top-level domain belongs to nobody.
  const listed = [...owned, ...sinkDomains].map(plainHost).filter((name) => name !== "" && isIP(name) === 0);
  return below(RESERVED) || listed.includes(domain) || below(listed.filter((name) => name.includes(".")));
}

function domainOf(recipient: string): string | undefined {
  const at = recipient.lastIndexOf("@");
  const domain = at < 0 ? "" : recipient.slice(at + 1).trim();
  if (domain.startsWith("[")) return domain.toLowerCase();
  const name = plainHost(domain);
  return name === "" ? undefined : name;
}

function isOwnedAddress(address: string, owned: readonly string[]): boolean {
  return isIn(address, LOOPBACK) || isIn(address, networksOf(owned));
}

function isIn(address: string, list: BlockList): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

function networksOf(owned: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of owned) {
    const [address = "", bits] = entry.replace(/^\[(.*)\]$/, "$1").split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (isIP(address) === 0) continue;
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function ownsName(name: string, owned: readonly string[]): boolean {
  return owned.some((entry) => plainHost(entry) === name);
}

/** A-labels, lower case, without brackets and final dot; "" for what is no host. */
function plainHost(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  return isIP(bare) === 0 ? domainToASCII(bare) : bare.toLowerCase();
}

function recordsOf<T extends "A" | "AAAA">(answer: DnsResult<T>): string[] {
  return answer.status === "ok" ? answer.records.map((record) => record.data) : [];
}

function unresolved(name: string, answers: readonly DnsResult[]): Refusal {
  const failed = answers.find((answer) => "detail" in answer);
  const reason = failed !== undefined && "detail" in failed ? failed.detail : "no such name, or no address";
  return {
    message: `${name} cannot be looked up: ${reason}`,
    remedy: "Correct the name, or give a DNS server with --resolver.",
  };
}

function refusedAddress(address: string): Refusal {
  return {
    message: `${address} is neither loopback nor listed as yours, and a load test may bring a server down`,
    remedy: toAdd("owned", address),
  };
}

function refusedName(name: string, address: string): Refusal {
  return {
    message: `${name} (${address}) is neither loopback nor listed as yours, and a load test may bring a server down`,
    remedy: toAdd("owned", name),
  };
}

function toAdd(key: "owned" | "sink_domains", value: string): string {
  const text = value.includes(":") ? `"${value}"` : value;
  const whose = key === "owned" ? "If it is yours, add" : "if that domain ends in a sink of yours, add";
  return `${whose} to the configuration:  loadtest: { ${key}: [${text}] }`;
}

function decapitalise(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
