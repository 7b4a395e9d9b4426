import type { BlocklistEvidence, MxEvidence, SmtpEvidence } from "../../model/evidence.ts";
import type { Observation } from "../../model/observation.ts";
import type { SmtpReply } from "../../model/smtp.ts";
import { count, expiry } from "./format.ts";

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** The union of what our probes may have noted; each field may be missing. */
type Noted = Partial<SmtpEvidence & MxEvidence & BlocklistEvidence>;

/** Longest value that is shown; the API has the rest. */
const MAX_VALUE = 200;

/** What the notebook of a run says to a person, the most telling first. */
export function factsOf(observation: Observation, now: number): Fact[] {
  const noted: Noted = observation.evidence;
  const all = [
    ...connectionFacts(noted),
    ...tlsFacts(noted, now),
    ...mailFacts(noted),
    ...mxFacts(noted),
    ...listFacts(noted),
  ];
  return all.map(({ label, value }) => ({ label, value: cut(value) }));
}

/** One line for a run that has nothing to complain of. */
export function summaryOf(observation: Observation, now: number): string {
  const { tls, hosts, listings, submission, auth }: Noted = observation.evidence;
  const parts: string[] = [];
  if (submission === "accepted") parts.push("message accepted");
  if (auth !== undefined) parts.push(`${auth.mechanism} login`);
  if (tls !== undefined) parts.push(tls.version);
  const leaf = tls?.chain[0];
  if (leaf !== undefined) parts.push(`certificate ${expiry(leaf.notAfter, now).replace(/ \(.*/, "")}`);
  if (hosts !== undefined) parts.push(`${count(hosts.length, "MX host")}, ${reachedHosts(hosts)} reached`);
  if (listings !== undefined) parts.push(listingSummary(listings));
  return parts.length === 0 ? "nothing to complain of" : parts.join(" · ");
}

function connectionFacts({ remote, banner, ehloAfterTls, ehlo }: Noted): Fact[] {
  const facts: Fact[] = [];
  if (remote !== undefined) {
    const host = remote.family === 6 ? `[${remote.address}]` : remote.address;
    facts.push({ label: "Connected to", value: `${host}:${remote.port}` });
  }
  if (banner !== undefined) facts.push({ label: "Banner", value: replyText(banner) });
  const capabilities = ehloAfterTls ?? ehlo;
  if (capabilities !== undefined) {
    facts.push({ label: "Offers", value: Object.keys(capabilities.keywords).join(" ") });
  }
  return facts;
}

function tlsFacts({ tls, starttlsOffered, injectedBytes }: Noted, now: number): Fact[] {
  const facts: Fact[] = [];
  if (starttlsOffered === false) facts.push({ label: "STARTTLS", value: "not offered" });
  if (injectedBytes !== undefined && injectedBytes > 0) {
    facts.push({ label: "Injected", value: `${injectedBytes} bytes in the clear behind STARTTLS` });
  }
  if (tls === undefined) return facts;
  facts.push({ label: "TLS", value: `${tls.version}, ${tls.cipher}` });
  const leaf = tls.chain[0];
  if (leaf === undefined) return facts;
  const trust = tls.trusted
    ? "trusted"
    : `not trusted${tls.verifyError === undefined ? "" : ` (${tls.verifyError})`}`;
  facts.push({ label: "Certificate", value: `${leaf.subject}, ${trust}, ${expiry(leaf.notAfter, now)}` });
  facts.push({ label: "Issuer", value: leaf.issuer });
  return facts;
}

function mailFacts({ auth, mail, recipients, body, queueId, submission }: Noted): Fact[] {
  const facts: Fact[] = [];
  if (auth !== undefined)
    facts.push({ label: "Login", value: `${auth.mechanism}: ${replyText(auth.reply)}` });
  if (mail !== undefined) facts.push({ label: "MAIL", value: replyText(mail) });
  for (const { index, rcpt } of recipients ?? [])
    facts.push({ label: `RCPT ${index + 1}`, value: replyText(rcpt) });
  if (body !== undefined) facts.push({ label: "Message", value: replyText(body) });
  if (submission !== undefined) facts.push({ label: "Submission", value: submission });
  if (queueId !== undefined) facts.push({ label: "Queue id", value: queueId });
  return facts;
}

function mxFacts({ status, hosts, nullMx, previous }: Noted): Fact[] {
  const facts: Fact[] = [];
  if (status !== undefined) facts.push({ label: "MX look-up", value: nullMx === true ? "null MX" : status });
  for (const host of hosts ?? []) {
    const reach = host.reach.map(
      (each) => `${each.address} ${each.reachable ? "reached" : (each.fault ?? "unreached")}`,
    );
    const value = host.problem ?? (reach.join(", ") || "not asked");
    facts.push({ label: `${host.preference} ${host.exchange}`, value });
  }
  if (previous !== undefined) facts.push({ label: "Before the change", value: previous.join(", ") });
  return facts;
}

function listFacts({ listings }: Noted): Fact[] {
  return (listings ?? []).map((listing) => {
    const why = listing.reason ?? [...listing.meanings, ...listing.answers].join(", ");
    return {
      label: listing.list,
      value: `${listing.verdict.replace("_", " ")}${why === "" ? "" : ` (${why})`}`,
    };
  });
}

function listingSummary(listings: BlocklistEvidence["listings"]): string {
  const listed = listings.filter(({ verdict }) => verdict === "listed").length;
  const unknown = listings.filter(({ verdict }) => verdict === "unknown").length;
  const clear = `${listed === 0 ? "not listed" : `${listed} listed`} on ${count(listings.length, "list")}`;
  return unknown === 0 ? clear : `${clear}, ${unknown} without answer`;
}

function reachedHosts(hosts: MxEvidence["hosts"]): number {
  return hosts.filter((host) => host.reach.some(({ reachable }) => reachable)).length;
}

function replyText({ code, lines }: SmtpReply): string {
  return `${code} ${lines[0] ?? ""}`;
}

function cut(text: string): string {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
