import { Secret } from "../../src/model/secret.ts";
import { smtpSessionContract } from "../contract/smtp-session.ts";
import { makeCertificates, SERVER_NAME } from "../support/servers/certificates.ts";
import { DOVECOT_PASSWORD, startDovecot } from "../support/servers/dovecot.ts";
import { LOOPBACK } from "../support/servers/ports.ts";
import { startPostfix } from "../support/servers/postfix.ts";

smtpSessionContract("Postfix and Dovecot", ["smtp", "submission", "submissions", "lmtp"], async () => {
  const certificates = makeCertificates();
  const certificate = certificates.get("good");
  const dovecot = await startDovecot({ certificate });
  const { lmtp, sasl } = dovecot.ports;
  const postfix = await startPostfix({ certificate, lmtpPort: lmtp, saslPort: sasl });
  return {
    host: LOOPBACK,
    ports: { ...postfix.ports, lmtp },
    ca: certificates.ca,
    serverName: SERVER_NAME,
    credentials: { username: "ok", password: new Secret(DOVECOT_PASSWORD) },
    acceptedRecipient: "ok@y.test",
    rejectedRecipient: "nobody@y.test",
    deferredRecipient: "grey@y.test",
    stop: async () => {
      await postfix.stop();
      await dovecot.stop();
      certificates.remove();
    },
  };
});
