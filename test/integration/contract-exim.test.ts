import { Secret } from "../../src/model/secret.ts";
import { smtpSessionContract } from "../contract/smtp-session.ts";
import { makeCertificates, SERVER_NAME } from "../support/servers/certificates.ts";
import { startExim } from "../support/servers/exim.ts";
import { LOOPBACK } from "../support/servers/ports.ts";

smtpSessionContract("Exim", ["smtp", "submission", "submissions"], async () => {
  const certificates = makeCertificates();
  const exim = await startExim({ certificate: certificates.get("good") });
  return {
    host: LOOPBACK,
    ports: exim.ports,
    ca: certificates.ca,
    serverName: SERVER_NAME,
    credentials: { username: "ok", password: new Secret("secret") },
    acceptedRecipient: "ok@ex.test",
    rejectedRecipient: "bad@ex.test",
    deferredRecipient: "grey@ex.test",
    stop: async () => {
      await exim.stop();
      certificates.remove();
    },
  };
});
