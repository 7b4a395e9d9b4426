import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { createProbes } from "../../probes/index.ts";
import { renderTranscript } from "../../src/cli/observing.ts";
import { diagnose } from "../../src/diagnosis/index.ts";
import { systemClock } from "../../src/engine/clock.ts";
import { createObserver } from "../../src/engine/observe.ts";
import { Secret } from "../../src/model/secret.ts";
import type { TranscriptLine } from "../../src/model/smtp.ts";
import type { Credentials, SaslMechanism } from "../../src/model/subject.ts";
import { createResolver } from "../../src/net/dns/resolver.ts";
import { createOpenNet } from "../../src/net/open-net.ts";
import { testRelay } from "../support/jobs.ts";
import { type Answers, serveSmtp } from "../support/scripted-smtp.ts";

const PASSWORD = "canary+Zq7/ü=";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What a server makes of the password when it repeats it, each on a line of its own. */
const FORMS: readonly (readonly [what: string, text: string])[] = [
  ["itself", PASSWORD],
  ["in capitals", PASSWORD.toUpperCase()],
  ["base64, as LOGIN sends it", base64(PASSWORD)],
  ["base64, as PLAIN sends it", base64(`\0probe\0${PASSWORD}`)],
  ["base64, as XOAUTH2 sends it", base64(`user=probe\x01auth=Bearer ${PASSWORD}\x01\x01`)],
  ["base64 behind one octet", base64(`x${PASSWORD}`)],
  ["base64 behind two octets", base64(`xy${PASSWORD}`)],
  ["the lines of AUTH PLAIN", `AUTH PLAIN ${base64(`\0probe\0${PASSWORD}`)}`],
  ["hexadecimal", Buffer.from(PASSWORD).toString("hex")],
  ["hexadecimal capitals", Buffer.from(PASSWORD).toString("hex").toUpperCase()],
  ["encoded for a URL", encodeURIComponent(PASSWORD)],
  ["twice in other words", `no <${PASSWORD}>, ${PASSWORD}!`],
];

/** Everything that text may hide, base64 at every offset included. */
function readings(text: string): string[] {
  const tokens = text.match(/[A-Za-z0-9+/]{8,}/g) ?? [];
  const decoded = tokens.flatMap((token) =>
    [0, 1, 2, 3].map((offset) => Buffer.from(token.slice(offset), "base64").toString()),
  );
  const hex = (text.match(/[0-9a-f]{16,}/gi) ?? []).map((token) => Buffer.from(token, "hex").toString());
  return [text, ...decoded, ...hex, text.replaceAll(/(?:%[0-9A-F]{2})+/g, decodeURIComponent)];
}

function leaks(text: string): boolean {
  // The whole password, or enough of it that the rest can be guessed.
  return readings(text).some((reading) => /canary\+Zq7|ary\+Zq7\/ü/i.test(reading));
}

interface Case {
  readonly mechanism?: SaslMechanism;
  readonly answers: (said: string) => Answers;
}

const EHLO = (said = ""): string =>
  `250-mx.test\r\n${said === "" ? "" : `250-${said}\r\n`}250 AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 XOAUTH2`;
const TAKE: Answers = { EHLO: EHLO(), AUTH: "235 2.7.0 ok" };

/** Where it may come back. */
const PLACES: Readonly<Record<string, Case>> = {
  "the greeting": { answers: (said) => ({ ...TAKE, banner: `220 mx.test ${said}` }) },
  "a greeting that is none": { answers: (said) => ({ ...TAKE, banner: said }) },
  "the end of a line that is no reply": {
    answers: (said) => ({ ...TAKE, MAIL: `unknown: ${said}` }),
  },
  "EHLO, as a keyword": { answers: (said) => ({ ...TAKE, EHLO: EHLO(said) }) },
  "EHLO, as a parameter": { answers: (said) => ({ ...TAKE, EHLO: EHLO(`X-ECHO ${said}`) }) },
  "EHLO, as the name": { answers: (said) => ({ ...TAKE, EHLO: `250-${said}\r\n250 AUTH PLAIN` }) },
  "a refused login": { answers: (said) => ({ ...TAKE, AUTH: `535-5.7.8 no\r\n535 5.7.8 ${said}` }) },
  "a login that is put off": {
    mechanism: "LOGIN",
    answers: (said) => ({ ...TAKE, AUTH: `454 4.7.0 ${said}` }),
  },
  "a challenge": { mechanism: "PLAIN", answers: (said) => ({ ...TAKE, AUTH: `334 ${said}` }) },
  "a challenge of LOGIN": {
    mechanism: "LOGIN",
    answers: (said) => ({ ...TAKE, AUTH: `334 ${said}`, "*": `535 5.7.8 ${said}` }),
  },
  "an error document": {
    mechanism: "XOAUTH2",
    answers: (said) => ({
      ...TAKE,
      AUTH: `334 ${base64(JSON.stringify({ status: "401", token: said }))}`,
      "*": `535 5.7.8 ${said}`,
    }),
  },
  "a refusal of SCRAM": {
    mechanism: "SCRAM-SHA-256",
    answers: (said) => ({ ...TAKE, AUTH: `334 ${base64(said)}` }),
  },
  "a reply out of turn": { answers: (said) => ({ ...TAKE, EHLO: `${EHLO()}\r\n250 ${said}` }) },
  "a challenge out of turn": { answers: (said) => ({ ...TAKE, EHLO: `${EHLO()}\r\n334 ${said}` }) },
  MAIL: { answers: (said) => ({ ...TAKE, MAIL: `550 5.7.1 ${said}` }) },
  "RCPT, and it is taken": { answers: (said) => ({ ...TAKE, RCPT: `250 2.1.5 ${said}` }) },
  DATA: { answers: (said) => ({ ...TAKE, DATA: `451 4.3.0 ${said}` }) },
  "the reply to the message, as a queue id": {
    answers: (said) => ({ ...TAKE, content: `250 2.0.0 Ok: queued as ${said}` }),
  },
  QUIT: { answers: (said) => ({ ...TAKE, QUIT: `221 2.0.0 ${said}` }) },
};

/** The scripted server writes octets; a real one repeats the UTF-8 that it was sent. */
function onWire(answers: Answers): Answers {
  const entries = Object.entries(answers).map(([verb, said]) => [
    verb,
    typeof said === "string" ? Buffer.from(said).toString("latin1") : said,
  ]);
  return Object.fromEntries(entries) as Answers;
}

/** All that a run says to anybody: observation, transcript, log of defects. */
async function sayings(answers: Answers, mechanism: SaslMechanism): Promise<string> {
  const { port } = await serveSmtp(answers);
  const probes = createProbes();
  const resolver = createResolver({ servers: ["127.0.0.1:1"], clock: systemClock });
  onTestFinished(() => resolver.close());
  const defects: unknown[] = [];
  const observe = createObserver({
    probes,
    openNet: createOpenNet({ resolve: resolver.resolve }),
    diagnose,
    clock: systemClock,
    onDefect: (_job, error) => defects.push(error),
  });
  const secret = new Secret(PASSWORD);
  const auth: Credentials = { username: "probe", mechanism, allowCleartext: true };
  const subject = testRelay({
    host: "127.0.0.1",
    port,
    tls: { starttls: "never" },
    auth: mechanism === "XOAUTH2" ? { ...auth, accessToken: secret } : { ...auth, password: secret },
  });
  const options = probes.get("smtp")?.parseOptions({ depth: "data" });
  const lines: TranscriptLine[] = [];
  const seen = await observe(
    { id: "smtp/relay/eu", subject, probe: "smtp", options, timeoutMs: 10_000 },
    { onTranscript: (line) => lines.push(line) },
  );
  return [inspect(seen, { depth: 20 }), renderTranscript(lines), inspect(defects)].join("\n");
}

describe("a server that repeats what it was told in secret", () => {
  it("is noticed by this test", () => {
    for (const [what, text] of FORMS) expect(leaks(`535 5.7.8 ${text}`), what).toBe(true);
  });

  it.each(Object.entries(PLACES))(
    "is not repeated by us: %s",
    async (_where, { mechanism = "PLAIN", answers }) => {
      for (const [what, text] of FORMS) {
        const said = await sayings(onWire(answers(text)), mechanism);
        expect(said).toContain("[redacted");
        expect(leaks(said) ? said : "", what).toBe("");
      }
    },
  );
});
