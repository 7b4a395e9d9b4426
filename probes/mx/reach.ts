import type { MxHost, MxReach } from "../../src/model/evidence.ts";
import { FaultError } from "../../src/model/observation.ts";
import type { ProbeIo } from "../../src/model/probe.ts";
import type { SmtpSession } from "../../src/model/smtp.ts";
import type { Domain } from "../../src/model/subject.ts";
import { faultCodeOf, isPositive } from "../common/reply.ts";

/** Hosts that are contacted, the preferred first; of each at most one address a family. */
export const CONTACTED_MAX = 10;
const BANNER_MAX = 200;

/** One address to contact, and the hosts that have it: several names of one machine get one connection. */
interface Contact {
  readonly address: string;
  readonly family: 4 | 6;
  readonly hosts: MxHost[];
}

function contactsOf(hosts: readonly MxHost[]): Contact[] {
  const contacts = new Map<string, Contact>();
  for (const host of hosts.slice(0, CONTACTED_MAX)) {
    for (const [family, address] of [[4, host.a[0]] as const, [6, host.aaaa[0]] as const]) {
      if (address === undefined) continue;
      const contact = contacts.get(address) ?? { address, family, hosts: [] };
      contact.hosts.push(host);
      contacts.set(address, contact);
    }
  }
  return [...contacts.values()];
}

/** The first negative reply, to the connection or to EHLO. */
async function refusalOf(session: SmtpSession, helo: string): Promise<MxReach["refusal"]> {
  if (!isPositive(session.banner)) return { phase: "banner", reply: session.banner };
  const reply = await session.ehlo(helo);
  return isPositive(reply) ? undefined : { phase: "ehlo", reply };
}

/** Greeting, EHLO, QUIT. The name stays that of the MX host, as a sender would use it. */
async function contact({ address, family, hosts }: Contact, subject: Domain, io: ProbeIo): Promise<MxReach> {
  const started = io.clock.monotonic();
  const done = (reach: Pick<MxReach, "reachable"> & Partial<MxReach>): MxReach => ({
    family,
    address,
    ...reach,
    durationMs: io.clock.monotonic() - started,
  });
  const serverName = hosts[0]?.exchange ?? subject.domain;
  const dial = { host: address, port: subject.port, implicitTls: false, tls: { serverName }, family };
  let session: SmtpSession | undefined;
  try {
    session = await io.dialSmtp(dial);
    const banner = session.banner.lines.join(" ").slice(0, BANNER_MAX);
    const refusal = await refusalOf(session, subject.helo);
    if (!io.signal.aborted) await session.quit();
    if (refusal) {
      const fault = faultCodeOf(refusal.reply, refusal.phase);
      return done({ reachable: false, fault, refusal, banner });
    }
    const starttls = Object.hasOwn(session.capabilities?.keywords ?? {}, "STARTTLS");
    return done({ reachable: true, starttls, banner });
  } catch (error) {
    // Stopped by somebody: that tells nothing about the host.
    if (!(error instanceof FaultError) || error.fault.code === "aborted") throw error;
    return done({ reachable: false, fault: error.fault.code });
  } finally {
    session?.destroy();
  }
}

/**
 * Contacts each host once over each family, all at the same time and each address once. What is known stands in
 * `hosts` at once; an address that is silent until the deadline is unreachable, as it would be for a sender.
 */
export async function reachHosts(hosts: readonly MxHost[], subject: Domain, io: ProbeIo): Promise<void> {
  const contacts = contactsOf(hosts).map(async (one) => {
    const reach = await contact(one, subject, io);
    for (const host of one.hosts) host.reach = [...host.reach, reach];
  });
  // All of them end with the run; who is stopped first must not cost what the others have found.
  const stopped = (await Promise.allSettled(contacts)).find((result) => result.status === "rejected");
  if (stopped !== undefined) throw stopped.reason;
}
