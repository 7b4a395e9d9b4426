import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret } from "../model/secret.ts";
import type { SaslMechanism } from "../model/subject.ts";
import { beginSasl } from "../standards/sasl/choose.ts";
import { seededRandom } from "../model/random.ts";
import { SERVER_MECHANISMS, startSasl } from "./sasl-server.ts";

const USERS = [{ username: "prob,e=é", password: "pässword", accessToken: "to.ken" }];

/** Both sides in turn, as the lines of a session would carry them. */
async function converse(mechanism: SaslMechanism, password: string, token: string): Promise<string> {
  const server = startSasl(mechanism, { users: USERS, random: seededRandom(1), host: "lab.test" });
  if (server === undefined) return "unknown";
  const client = beginSasl(
    mechanism,
    { username: "prob,e=é", password: new Secret(password), accessToken: new Secret(token) },
    { host: "lab.test", port: 587 },
  );
  const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
  let response = client.initial ?? (await client.respond(server.opening));
  for (;;) {
    const step = server.step(latin1(response));
    if (step.kind === "success") {
      client.finish();
      return step.username;
    }
    if (step.kind === "failure") return step.malformed === true ? "malformed" : "failure";
    response = await client.respond(step.data);
  }
}

describe("startSasl", () => {
  it.each(SERVER_MECHANISMS)("%s takes the right secret of our own client", async (mechanism) => {
    // Comma and equals sign are escaped by some mechanisms, and not by others.
    expect(await converse(mechanism, "pässword", "to.ken")).toBe("prob,e=é");
  });

  it.each(SERVER_MECHANISMS)("%s refuses the wrong secret", async (mechanism) => {
    expect(await converse(mechanism, "password", "token")).toBe("failure");
  });

  it("has no other mechanisms", () => {
    expect(startSasl("NTLM", { users: USERS, random: seededRandom(1), host: "lab.test" })).toBeUndefined();
  });

  it.each(SERVER_MECHANISMS)("%s survives any response, and never lets it in", (mechanism) => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "binary", maxLength: 200 }), { minLength: 1, maxLength: 4 }),
        (responses) => {
          const server = startSasl(mechanism, { users: USERS, random: seededRandom(1), host: "lab.test" });
          const kinds = responses.map((response) => server?.step(response).kind);
          expect(kinds).not.toContain("success");
        },
      ),
      { numRuns: 50 },
    );
  });
});
