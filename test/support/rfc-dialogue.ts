import type { SecureContext } from "node:tls";

import { expect } from "vitest";

import type { SmtpDial, SmtpSession } from "../../src/model/smtp.ts";
import { type ServerEnd, serveSmtp } from "./scripted-smtp.ts";
import { testClient, type TestClient } from "./smtp-client.ts";

interface Turn {
  /** `S` server, `C` client, `*` the TLS handshake. */
  readonly side: string;
  readonly text: string;
}

/** A dialogue as RFCs print it, one line each: `S: 220 …`, `C: EHLO …`, `*: TLS`. */
function turnsOf(dialogue: string): Turn[] {
  return dialogue
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, side = "", text = ""] = /^\s*([SC*]):(?: (.*))?$/.exec(line) ?? [];
      if (side === "") throw new Error(`not a line of a dialogue: ${line}`);
      return { side, text };
    });
}

/** Plays the server's part to the end, or until the client says something else. */
async function play(end: ServerEnd, turns: readonly Turn[], secureContext?: SecureContext): Promise<void> {
  let said: string[] = [];
  const speak = (): void => {
    // In one write, so that lines which stand together also arrive together.
    if (said.length > 0) end.send(...said);
    said = [];
  };
  for (const { side, text } of turns) {
    if (side === "S") said.push(text);
    else speak();
    if (side === "C" && (await end.line()) !== text) break;
    if (side === "*" && secureContext !== undefined) await end.startTls(secureContext);
  }
  speak();
  end.hangUp();
}

export interface FollowOptions {
  /** For the handshake of `*: TLS`. */
  readonly secureContext?: SecureContext;
  readonly dial?: Partial<SmtpDial>;
  /** In place of a plain one; `port` is then where it must connect. */
  readonly client?: (port: number) => TestClient;
}

/**
 * Lets the real session hold the dialogue: `drive` says what it is to do, and the client's lines must be those of the
 * dialogue, no more and no fewer. Gives what `drive` gives.
 */
export async function follow<T>(
  dialogue: string,
  drive: (session: SmtpSession) => Promise<T>,
  { secureContext, dial, client }: FollowOptions = {},
): Promise<T> {
  const turns = turnsOf(dialogue);
  const server = await serveSmtp({ banner: (end) => play(end, turns, secureContext) });
  const { port } = server;
  const session = await (client?.(port) ?? testClient()).dial({ port, ...dial });
  const outcome = await drive(session).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  session.destroy();
  await server.idle();
  // Before the error: what the client said wrongly tells more than how it then failed.
  const said = turns.filter(({ side }) => side === "C").map(({ text }) => text);
  expect(server.lines).toEqual(said);
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}

/** Code and text of a reply, lines divided by `|`. */
export function shown(
  reply: { readonly code: number; readonly lines: readonly string[] } | undefined,
): string {
  return `${reply?.code} ${reply?.lines.join("|")}`;
}
