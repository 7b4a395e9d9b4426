import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import { describe, expect, it } from "vitest";

import { serveSmtp, serverContext, type Answer, type Answers } from "../../../test/support/scripted-smtp.ts";
import { testClient, type TestClient } from "../../../test/support/smtp-client.ts";
import type { FaultDetail, PhaseName } from "../../model/codes.ts";
import { FaultError, type Fault } from "../../model/observation.ts";

const TIMEOUT = new DOMException("too late", "TimeoutError");
const MESSAGE = Buffer.from("Subject: x\r\n\r\nx\r\n");

const close: Answer = (end) => end.hangUp();
const reset: Answer = (end) => end.reset();
const raw =
  (text: string): Answer =>
  (end) => {
    end.socket.write(text, "latin1");
  };
const garbage: Answer = async (end) => {
  end.send("220 go");
  await end.octets(1);
  end.send("no TLS here");
};
/** Says the same until the client has gone: every chunk only when the one before is on its way. */
const endless =
  (text: string): Answer =>
  (end) => {
    const chunk = text.repeat(1000);
    const more = (): void => {
      if (end.socket.destroyed) return;
      end.socket.write(chunk, more);
    };
    more();
  };

/** The kernel may refuse a connection that is reset before the client has looked at it. */
const whenConnected =
  (probe: TestClient, answer: Answer): Answer =>
  async (end, line) => {
    while (probe.notes.attempts?.at(-1)?.outcome !== "ok") await new Promise(setImmediate);
    if (typeof answer === "string") end.send(answer);
    else await answer(end, line);
  };

/** A whole session to its first fault. */
async function run(probe: TestClient, port: number): Promise<Fault> {
  try {
    const session = await probe.dial({ port });
    await session.ehlo("probe.test");
    await session.startTls();
    await session.submit({ from: "a@x.test", to: ["b@y.test"] }, MESSAGE);
  } catch (error) {
    if (error instanceof FaultError) return error.fault;
    throw error;
  }
  throw new Error("the session went well");
}

/** STARTTLS is refused, so that the rest stays readable. */
async function serve(answers: Answers): ReturnType<typeof serveSmtp> {
  return await serveSmtp({ STARTTLS: "454 4.7.0 no", ...answers });
}

const PHASES: readonly [key: string, phase: PhaseName][] = [
  ["banner", "banner"],
  ["EHLO", "ehlo"],
  ["STARTTLS", "starttls"],
  ["MAIL", "mail"],
  ["RCPT", "rcpt"],
  ["DATA", "data"],
  ["content", "body"],
];

describe.each([...PHASES])("in place of a reply to %s", (key, phase) => {
  const afterDot = phase === "body";

  it.each<[string, Answer, string]>([
    ["the end of the connection", close, "closed"],
    ["a reset", reset, "reset"],
    ["garbage", raw("certainly, go ahead\r\n"), "protocol_error"],
    ["half a line, then the end", (end) => void end.socket.end("250 O"), "closed"],
    ["an endless line", endless("250 and so on"), "limit_exceeded"],
    ["an endless reply", endless("250-and more\r\n"), "limit_exceeded"],
  ])("%s is a fault of that phase", async (_, answer, code) => {
    const probe = testClient();
    const server = await serve({ [key]: whenConnected(probe, answer) });
    const fault = await run(probe, server.port);
    expect(fault).toMatchObject({ code: afterDot ? "uncertain" : code, phase });
    expect(probe.phases().at(-1)).toBe(`${phase}:${fault.code}`);
    // The connection is gone without any help from the test.
    await server.idle();
  });

  it.each([
    ["the deadline", TIMEOUT, "timeout"],
    ["the caller's wish", new Error("stop"), "aborted"],
  ])("silence until %s is a fault of that phase", async (_, reason, code) => {
    const probe = testClient();
    const abort: Answer = () => probe.controller.abort(reason);
    const server = await serve({ [key]: whenConnected(probe, abort) });
    const fault = await run(probe, server.port);
    expect(fault).toMatchObject({ code: afterDot && code === "timeout" ? "uncertain" : code, phase });
    await server.idle();
  });
});

describe("an end in the midst of a line", () => {
  const ALERT = "\x15\x03\x01\x00\x02\x02\x46";
  it.each<[string, string, string, string?]>([
    ["nothing", "", "closed"],
    ["the beginning of a reply", "220 mx.te", "closed"],
    ["the code of one", "22", "closed"],
    ["a TLS alert", ALERT, "protocol_error", "tls_record"],
    ["some other protocol", "OpenLDAP", "protocol_error"],
    ["a code that no reply has", "99", "protocol_error"],
  ])("after %s", async (_what, text, code, detail) => {
    const hangUp: Answer = (end) => void end.socket.end(text, "latin1");
    const server = await serve({ banner: hangUp });
    const fault = await run(testClient(), server.port);
    expect(fault).toMatchObject({ code, phase: "banner" });
    expect(fault.detail).toBe(detail);
  });

  it("the deadline's too, but not that of somebody's wish", async () => {
    for (const [reason, code] of [
      [TIMEOUT, "protocol_error"],
      [new Error("stop"), "aborted"],
    ] as const) {
      const sockets: Socket[] = [];
      const bytesRead = (): number => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);
      const open = (options: TcpNetConnectOpts): Socket => {
        const socket = connect(options);
        sockets.push(socket);
        return socket;
      };
      const probe = testClient({ connect: open });
      const server = await serve({
        EHLO: async (end) => {
          const before = bytesRead();
          end.socket.write(ALERT, "latin1");
          while (bytesRead() === before) await new Promise(setImmediate);
          probe.controller.abort(reason);
        },
      });
      const session = await probe.dial({ port: server.port });
      await expect(session.ehlo("probe.test")).rejects.toMatchObject({ fault: { code, phase: "ehlo" } });
    }
  });

  it("keeps the whole reply before it", async () => {
    const server = await serve({
      EHLO: (end) => void end.socket.end("250 mx.test\r\n421 4.3.2 bye\r\n\x15\x03"),
    });
    const session = await testClient().dial({ port: server.port });
    await session.ehlo("probe.test");
    expect((await session.mail("a@x.test")).code).toBe(421);
  });
});

describe("replies out of step", () => {
  it("421 before a command stands for its reply", async () => {
    const server = await serve({
      EHLO: (end) => {
        end.send("250 mx.test", "421 4.4.2 timeout");
        end.hangUp();
      },
    });
    const session = await testClient().dial({ port: server.port });
    await session.ehlo("probe.test");
    expect((await session.mail("a@x.test")).code).toBe(421);
    await expect(session.rcpt("b@y.test")).rejects.toMatchObject({
      fault: { code: "closed", phase: "rcpt" },
    });
  });

  it("any other breaks the session", async () => {
    const server = await serve({ EHLO: "250 mx.test\r\n250 again" });
    const session = await testClient().dial({ port: server.port });
    await session.ehlo("probe.test");
    await expect(session.mail("a@x.test")).rejects.toMatchObject({
      fault: { code: "protocol_error", phase: "mail", reply: { code: 250, lines: ["again"] } },
    });
  });

  it("a flood between two commands stays bounded", async () => {
    let sent = 0;
    const server = await serve({
      EHLO: (end) => {
        end.send("250 mx.test");
        const more = (): void => {
          sent += 700_000;
          if (!end.socket.destroyed) end.socket.write("250 x\r\n".repeat(100_000), more);
        };
        more();
      },
    });
    const session = await testClient().dial({ port: server.port });
    await session.ehlo("probe.test");
    await server.idle();
    expect(sent).toBeLessThan(20_000_000);
    await expect(session.mail("a@x.test")).rejects.toBeInstanceOf(FaultError);
  });
});

describe("faults of TLS", () => {
  const dial = async (answers: Answers, options: Parameters<typeof serveSmtp>[1], more: object = {}) => {
    const server = await serveSmtp(answers, options);
    const probe = testClient();
    try {
      const session = await probe.dial({ port: server.port, ...more });
      await session.startTls();
      throw new Error("the handshake went well");
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      await server.idle();
      return { ...error.fault, last: probe.phases().at(-1) };
    }
  };

  it.each<[string, Answers, object, string, RegExp, FaultDetail?]>([
    [
      "plain text on a TLS port",
      {},
      { implicitTls: true },
      "tls_handshake_failed",
      /plain text, not in TLS \(/,
      "plain_text",
    ],
    ["garbage", { STARTTLS: garbage }, {}, "tls_handshake_failed", /TLS failed/, "plain_text"],
    [
      "the end",
      { STARTTLS: (end) => void end.socket.end("220 go\r\n") },
      {},
      "closed",
      /during the TLS handshake/,
    ],
  ])("%s in place of a handshake", async (_, answers, more, code, message, detail) => {
    const fault = await dial(answers, {}, more);
    expect(fault).toMatchObject({ code, phase: "tls", last: `tls:${code}` });
    expect(fault.detail).toBe(detail);
    expect(fault.message).toMatch(message);
  });

  it("a server that speaks only an old version", async () => {
    const old = { maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    const secureContext = await serverContext("rsa", old);
    const fault = await dial({}, { secureContext });
    expect(fault).toMatchObject({ code: "tls_handshake_failed", phase: "tls", detail: "no_common_version" });
    expect(fault.message).toMatch(/no TLS version in common/);
    const server = await serveSmtp({}, { secureContext });
    const session = await testClient().dial({ port: server.port, tls: { minVersion: "TLSv1" } });
    await session.startTls();
    expect(session.tls?.version).toBe("TLSv1.1");
  });

  it("no cipher in common", async () => {
    const secureContext = await serverContext("good", {
      maxVersion: "TLSv1.2",
      ciphers: "ECDHE-ECDSA-CAMELLIA128-SHA256",
    }).catch(() => serverContext("good", { maxVersion: "TLSv1.2", ciphers: "AES128-SHA" }));
    const fault = await dial({}, { secureContext });
    expect(fault).toMatchObject({ code: "tls_handshake_failed", phase: "tls", detail: "no_common_cipher" });
    expect(fault.message).toMatch(/no cipher or key exchange in common/);
  });

  it("a TLS alert on a plain port", async () => {
    const server = await serveSmtp({ banner: raw("\x15\x03\x01\x00\x02\x02\x46\n") });
    await expect(testClient().dial({ port: server.port })).rejects.toMatchObject({
      fault: {
        code: "protocol_error",
        phase: "banner",
        detail: "tls_record",
        message: expect.stringContaining("a TLS record in place of an SMTP reply") as string,
      },
    });
  });

  it("the deadline in the midst of a handshake", async () => {
    const probe = testClient();
    const server = await serveSmtp({
      STARTTLS: async (end) => {
        end.send("220 go");
        await end.octets(1);
        probe.controller.abort(TIMEOUT);
      },
    });
    const session = await probe.dial({ port: server.port });
    await expect(session.startTls()).rejects.toMatchObject({ fault: { code: "timeout", phase: "tls" } });
    await server.idle();
  });
});
