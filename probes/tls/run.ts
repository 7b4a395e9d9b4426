import type { TlsEvidence } from "../../src/model/evidence.ts";
import type { ProbeIo } from "../../src/model/probe.ts";
import type { SmtpSession } from "../../src/model/smtp.ts";
import type { Relay } from "../../src/model/subject.ts";
import { converse } from "../common/converse.ts";
import { requirePositive } from "../common/reply.ts";
import { certificateJudgement, requireCertificate, tlsPolicy, upgrade } from "../common/tls-policy.ts";
import type { TlsOptions } from "./options.ts";

type Notes = Partial<TlsEvidence>;

/** As far as the handshake, and no further: what it shows is written down before it is judged. */
export async function runTls(relay: Relay, options: TlsOptions, io: ProbeIo, notes: Notes): Promise<void> {
  await converse(relay, io, notes, async (session) => {
    await handshake(session, relay, notes);
    if (session.tls === undefined) return;
    notes.tls = session.tls;
    const how = certificateJudgement(relay, tlsPolicy(relay, false), options.certificateWarnDays);
    requireCertificate(session.tls, io.clock.now(), how);
  });
}

async function handshake(session: SmtpSession, relay: Relay, notes: Notes): Promise<void> {
  const policy = tlsPolicy(relay, false);
  // The handshake came first: a server that turns us away afterwards has shown its certificate all the same.
  if (policy === "implicit") return;
  requirePositive(session.banner, "banner");
  requirePositive(await session.ehlo(relay.helo), "ehlo");
  if (session.capabilities !== undefined) notes.ehlo = session.capabilities;
  await upgrade(session, policy, (offered) => {
    notes.starttlsOffered = offered;
  });
}
