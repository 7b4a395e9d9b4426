import { Secret } from "../../src/model/secret.ts";
import type { Credentials, Relay } from "../../src/model/subject.ts";
import { type Certificates, makeCertificates } from "../support/servers/certificates.ts";
import { DOVECOT_PASSWORD, type Dovecot, startDovecot } from "../support/servers/dovecot.ts";
import { type Postfix, startPostfix } from "../support/servers/postfix.ts";
import { openTestObserving, relayAt, type TestObserving } from "./observing.ts";

/** Further listeners of the one Postfix, each misconfigured, or strict, in one way. */
const LISTENERS = {
  open: { mynetworks: "0.0.0.0/0" },
  clear_auth: { smtpd_sasl_auth_enable: "yes", smtpd_tls_security_level: "none" },
  owned: {
    smtpd_tls_security_level: "encrypt",
    smtpd_sasl_auth_enable: "yes",
    smtpd_sender_login_maps: "inline:{boss@y.test=boss}",
    smtpd_sender_restrictions: "reject_sender_login_mismatch",
  },
  picky_helo: { smtpd_helo_required: "yes", smtpd_helo_restrictions: "reject_non_fqdn_helo_hostname" },
  blocked: {
    smtpd_client_restrictions:
      "check_client_access inline:{{127.0.0.1 = 554 5.7.1 Service unavailable; Client host [127.0.0.1] blocked using bl.test; listed}}",
  },
  unwelcome: { smtpd_client_restrictions: "reject", smtpd_delay_reject: "no" },
  one_at_a_time: { smtpd_client_connection_count_limit: "1" },
  few_messages: { smtpd_client_message_rate_limit: "1" },
  small: { message_size_limit: "500" },
  no_tls: { smtpd_tls_security_level: "none" },
} as const;

type Listener = keyof typeof LISTENERS;

export type Service = Listener | "smtp" | "submission" | "submissions";

/** Postfix, Dovecot behind it, and the product's observer. */
export interface PostfixBench {
  readonly dovecot: Dovecot;
  readonly postfix: Postfix<Listener>;
  readonly observing: TestObserving;
  /** One of the listeners, as a user would configure it as a relay. */
  relay(service: Service, changes?: Partial<Relay>): Relay;
  stop(): Promise<void>;
}

/** Right, unless changed. */
export function credentials(changes: Partial<Credentials> = {}): Credentials {
  return { username: "ok", password: new Secret(DOVECOT_PASSWORD), ...changes };
}

export async function startPostfixBench(): Promise<PostfixBench> {
  const certificates: Certificates = makeCertificates();
  const certificate = certificates.get("good");
  const dovecot = await startDovecot({ certificate });
  const postfix = await startPostfix({
    certificate,
    lmtpPort: dovecot.ports.lmtp,
    saslPort: dovecot.ports.sasl,
    listeners: LISTENERS,
  });
  const observing = openTestObserving([]);
  return {
    dovecot,
    postfix,
    observing,
    relay: (service, changes) => {
      const scheme = service === "submission" || service === "submissions" ? service : "smtp";
      return relayAt(postfix.ports[service], certificates.ca, { scheme, ...changes });
    },
    stop: async () => {
      observing.close();
      await postfix.stop();
      await dovecot.stop();
      certificates.remove();
    },
  };
}
