import { describe, expect, it } from "vitest";

import { serverContext, testAuthority, serveSmtp } from "../../../test/support/scripted-smtp.ts";
import { testClient } from "../../../test/support/smtp-client.ts";
import type { SmtpReply } from "../../model/smtp.ts";

const MESSAGE = Buffer.from("Subject: x\r\n\r\n.dot\r\nend\r\n");
const text = (reply: SmtpReply | undefined): string => `${reply?.code} ${reply?.lines.join("|")}`;

describe("STARTTLS", () => {
  it("discards what was known, reads the certificate, and goes on under TLS", async () => {
    const secureContext = await serverContext();
    const { ca } = await testAuthority();
    const server = await serveSmtp({ EHLO: "250-mx.test\r\n250 STARTTLS" }, { secureContext });
    const probe = testClient();
    const session = await probe.dial({ port: server.port, tls: { ca, serverName: "mx.test" } });
    await session.ehlo("probe.test");
    expect((await session.startTls()).code).toBe(220);
    expect(session.capabilities).toBeUndefined();
    expect(session.injectedBytes).toBe(0);
    expect(session.tls).toMatchObject({ version: "TLSv1.3", serverName: "mx.test", trusted: true });
    expect(session.tls?.chain.map(({ subject }) => subject)).toEqual([
      "CN=localhost",
      "CN=Mailgauge Lab Issuing CA",
    ]);
    await session.ehlo("probe.test");
    const result = await session.submit({ from: "a@x.test", to: ["b@y.test"] }, MESSAGE);
    expect(result.body?.code).toBe(250);
    await session.quit();
    expect(probe.phases().join(" ")).toBe("connect banner ehlo starttls tls ehlo mail rcpt data body quit");
    await server.idle();
  });

  it("gives a refusal as a value", async () => {
    const probe = testClient();
    const session = await probe.dial({ port: (await serveSmtp({ STARTTLS: "454 4.7.0 not now" })).port });
    expect(text(await session.startTls())).toBe("454 4.7.0 not now");
    expect(session.tls).toBeUndefined();
    expect(probe.phases().at(-1)).toBe("starttls:tls_refused");
  });

  it("counts and throws away what comes in the clear behind 220", async () => {
    const secureContext = await serverContext();
    const server = await serveSmtp({
      STARTTLS: async (end) => {
        end.send("220 2.0.0 Ready", "250 injected");
        await end.startTls(secureContext);
      },
    });
    const session = await testClient().dial({ port: server.port });
    await session.startTls();
    expect(session.injectedBytes).toBe("250 injected\r\n".length);
    expect((await session.ehlo("probe.test")).lines[0]).toBe("mx.test");
  });

  it("reads the greeting under implicit TLS", async () => {
    const server = await serveSmtp({}, { secureContext: await serverContext(), implicitTls: true });
    const probe = testClient();
    const session = await probe.dial({ port: server.port, implicitTls: true });
    expect(session.banner.code).toBe(220);
    expect(session.tls?.trusted).toBe(false);
    expect(probe.phases().join(" ")).toBe("connect tls banner");
    await session.quit();
    await server.idle();
  });
});
