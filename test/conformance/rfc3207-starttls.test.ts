import { describe, expect, it } from "vitest";

import { follow, shown } from "../support/rfc-dialogue.ts";
import { serverContext } from "../support/scripted-smtp.ts";

const secureContext = await serverContext();

const OFFERED = `
  S: 220 mail.imc.org SMTP service ready
  C: EHLO mail.example.com
  S: 250-mail.imc.org offers a warm hug of welcome
  S: 250-8BITMIME
  S: 250-STARTTLS
  S: 250 DSN`;

const UPGRADED = `${OFFERED}
  C: STARTTLS
  S: 220 Go ahead
  *: TLS`;

describe("RFC 3207: STARTTLS", () => {
  it("section 5: the example; EHLO again, and only the second answer counts", async () => {
    const dialogue = `${UPGRADED}
      C: EHLO mail.example.com
      S: 250-mail.imc.org touches your hand gently for a moment
      S: 250-8BITMIME
      S: 250 DSN`;
    await follow(
      dialogue,
      async (session) => {
        await session.ehlo("mail.example.com");
        expect(Object.keys(session.capabilities?.keywords ?? {})).toEqual(["8BITMIME", "STARTTLS", "DSN"]);
        expect(shown(await session.startTls())).toBe("220 Go ahead");
        expect(session.tls?.version).toMatch(/^TLSv1\.[23]$/);
        await session.ehlo("mail.example.com");
        expect(Object.keys(session.capabilities?.keywords ?? {})).toEqual(["8BITMIME", "DSN"]);
      },
      { secureContext },
    );
  });

  it("section 4.2: what the server said in the clear is forgotten, also without a second EHLO", async () => {
    const dialogue = `${UPGRADED}
      C: MAIL FROM:<a@b.test>
      S: 503 say EHLO first`;
    await follow(
      dialogue,
      async (session) => {
        await session.ehlo("mail.example.com");
        await session.startTls();
        expect(session.capabilities).toBeUndefined();
        await expect(session.mail("a@b.test", { eightBit: true })).rejects.toThrow(/does not offer 8BITMIME/);
        await session.mail("a@b.test");
      },
      { secureContext },
    );
  });

  it("section 4.2: nor does a reply count that came in the clear behind the 220", async () => {
    const dialogue = `${OFFERED}
      C: STARTTLS
      S: 220 Go ahead
      S: 250-mail.imc.org offers what it must not
      S: 250 AUTH PLAIN
      *: TLS
      C: EHLO mail.example.com
      S: 250 mail.imc.org touches your hand gently for a moment`;
    await follow(
      dialogue,
      async (session) => {
        await session.ehlo("mail.example.com");
        await session.startTls();
        expect(session.injectedBytes).toBeGreaterThan(0);
        const reply = await session.ehlo("mail.example.com");
        expect(shown(reply)).toBe("250 mail.imc.org touches your hand gently for a moment");
        expect(session.capabilities?.authMechanisms).toEqual([]);
      },
      { secureContext },
    );
  });

  it.each([
    ["454 TLS not available due to temporary reason", "section 4"],
    ["501 Syntax error (no parameters allowed)", "section 4"],
    ["554 no", "any other refusal"],
  ])("`%s` to STARTTLS: the session goes on in the clear, as it was (%s)", async (refusal) => {
    const dialogue = `${OFFERED}
      C: STARTTLS
      S: ${refusal}
      C: MAIL FROM:<a@b.test> BODY=8BITMIME
      S: 530 Must issue a STARTTLS command first
      C: QUIT
      S: 221 bye`;
    await follow(dialogue, async (session) => {
      await session.ehlo("mail.example.com");
      expect(shown(await session.startTls())).toBe(refusal);
      expect(session.tls).toBeUndefined();
      const reply = await session.mail("a@b.test", { eightBit: true });
      expect(shown(reply)).toBe("530 Must issue a STARTTLS command first"); // section 4
      await session.quit();
    });
  });

  it("section 4: a server that wants TLS first names that as the cause", async () => {
    const { classifyReply } = await import("../../src/standards/smtp/classify.ts");
    const reply = { code: 530, lines: ["Must issue a STARTTLS command first"], phase: "mail" } as const;
    expect(classifyReply(reply)).toMatchObject({ cause: "tls_required", certainty: "certain" });
  });
});
