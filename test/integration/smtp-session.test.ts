import { Secret } from "../../src/model/secret.ts";
import { smtpSessionContract } from "../contract/smtp-session.ts";
import { makeCertificates, SERVER_NAME } from "../support/servers/certificates.ts";
import { DOVECOT_PASSWORD, startDovecot } from "../support/servers/dovecot.ts";
import { startExim } from "../support/servers/exim.ts";
import { LOOPBACK } from "../support/servers/ports.ts";
import { startPostfix } from "../support/servers/postfix.ts";

const credentials = { username: "ok", password: new Secret(DOVECOT_PASSWORD) };

smtpSessionContract(
  "Postfix, and Dovecot behind it",
  ["smtp", "submission", "submissions", "lmtp"],
  async () => {
    const certificates = makeCertificates();
    const certificate = certificates.get("good");
    const dovecot = await startDovecot({ certificate });
    const postfix = await startPostfix({
      certificate,
      lmtpPort: dovecot.ports.lmtp,
      saslPort: dovecot.ports.sasl,
    });
    return {
      host: LOOPBACK,
      ports: { ...postfix.ports, lmtp: dovecot.ports.lmtp },
      ca: certificates.ca,
      serverName: SERVER_NAME,
      credentials,
      acceptedRecipient: "u1@y.test",
      rejectedRecipient: "nobody@y.test",
      deferredRecipient: "grey@y.test",
      stop: async () => {
        await postfix.stop();
        await dovecot.stop();
        certificates.remove();
      },
    };
  },
);

smtpSessionContract("Exim", ["smtp"], async () => {
  const certificates = makeCertificates();
  const certificate = certificates.get("good");
  const dovecot = await startDovecot({ certificate });
  const exim = await startExim({
    certificate,
    lmtpPort: dovecot.ports.lmtp,
    main: { message_size_limit: "20000" },
  });
  return {
    host: LOOPBACK,
    ports: { smtp: exim.ports.smtp },
    ca: certificates.ca,
    serverName: SERVER_NAME,
    credentials,
    acceptedRecipient: "u1@ex.test",
    rejectedRecipient: "bad@ex.test",
    deferredRecipient: "grey@ex.test",
    stop: async () => {
      await exim.stop();
      await dovecot.stop();
      certificates.remove();
    },
  };
});
