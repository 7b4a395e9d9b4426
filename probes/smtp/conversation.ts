import type { SmtpEvidence } from "../../src/model/evidence.ts";
import type { ProbeIo } from "../../src/model/probe.ts";
import type { SmtpSession } from "../../src/model/smtp.ts";
import type { Credentials, Relay } from "../../src/model/subject.ts";
import { isPositive, refusal, requirePositive } from "../common/reply.ts";
import {
  certificateJudgement,
  requireCertificate,
  type TlsPolicy,
  tlsPolicy,
  upgrade,
} from "../common/tls-policy.ts";
import { type SmtpOptions, sendsCredentials } from "./options.ts";

type Notes = Partial<SmtpEvidence>;

/** The steps that all runs share, each writing its part of the notebook. */
export class Conversation {
  readonly session: SmtpSession;
  readonly relay: Relay;
  readonly options: SmtpOptions;
  readonly io: ProbeIo;
  readonly notes: Notes;
  readonly policy: TlsPolicy;

  constructor(session: SmtpSession, relay: Relay, options: SmtpOptions, io: ProbeIo, notes: Notes) {
    this.session = session;
    this.relay = relay;
    this.options = options;
    this.io = io;
    this.notes = notes;
    this.policy = tlsPolicy(relay, sendsCredentials(options, relay));
    notes.banner = session.banner;
  }

  async greet(): Promise<void> {
    requirePositive(await this.session.ehlo(this.relay.helo), "ehlo");
    if (this.session.capabilities !== undefined) this.notes.ehlo = this.session.capabilities;
  }

  /** STARTTLS as the policy says, and the second EHLO: what was said in the clear counts no more (RFC 3207 section 4.2). */
  async startTls(policy: TlsPolicy = this.policy): Promise<void> {
    if (policy === "implicit") return;
    const stands = await upgrade(this.session, policy, (offered) => {
      this.notes.starttlsOffered = offered;
    });
    if (!stands) return;
    if (this.session.tls !== undefined) this.notes.tls = this.session.tls;
    this.checkCertificate(policy);
    requirePositive(await this.session.ehlo(this.relay.helo), "ehlo");
    if (this.session.capabilities !== undefined) this.notes.ehloAfterTls = this.session.capabilities;
  }

  /** Ends the run at an unsound certificate, where the policy wants a sound one. */
  checkCertificate(policy: TlsPolicy = this.policy): void {
    if (this.session.tls === undefined) return;
    const how = certificateJudgement(this.relay, policy, this.options.certificateWarnDays);
    requireCertificate(this.session.tls, this.io.clock.now(), how);
  }

  async logIn(credentials: Credentials): Promise<void> {
    const result = await this.session.auth(credentials);
    this.notes.auth = result;
    if (!isPositive(result.reply)) throw refusal(result.reply, "auth");
  }
}
