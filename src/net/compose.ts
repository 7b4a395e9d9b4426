import { Buffer } from "node:buffer";
import { createHash, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { domainToASCII } from "node:url";

import type { SeedMessage, SeedOptions } from "../model/probe.ts";
import { mintToken } from "./seed-token.ts";

const TOKEN_HEADER = "X-Mailgauge-Token";
const MAX_TEMPLATES = 256;
/** Octets of text that are the same for every message of a route: content that varied would be scored differently. */
const FILLER_LINES = 6;
/** A Subject line that leaves room for the token below the 78 characters of RFC 5322 section 2.1.1. */
const SHORT_SUBJECT = /^Subject: [ -~]{0,20}$/m;

/** Stand for what differs from message to message; nobody can put them into an address or a subject beforehand. */
const MARK = randomBytes(12).toString("hex");
const TOKEN = `${MARK}t`;
const DATE = `${MARK}d`;

interface Template {
  /** A message cut at its marks: text, mark, text, … */
  readonly parts: readonly string[];
  /** Of the message id. */
  readonly domain: string;
}

/**
 * Makes seeded messages. nodemailer composes once for each sender, recipients and route; then only date, id and token
 * are put in, which is some hundred times cheaper. `key` signs the tokens.
 */
export class SeedComposer {
  readonly #key: KeyObject;
  readonly #templates = new Map<string, Promise<Template>>();
  #sequence = 0;

  constructor(key: Uint8Array = randomBytes(32)) {
    this.#key = createSecretKey(key);
  }

  /** `now` in milliseconds since the epoch: Date, and the send time in the token. */
  async compose(options: SeedOptions, now: number): Promise<SeedMessage> {
    const { parts, domain } = await this.#templateOf(options);
    this.#sequence += 1;
    const token = mintToken({ route: options.route, sequence: this.#sequence, sentAt: now }, this.#key);
    const date = new Date(now).toUTCString().replace("GMT", "+0000");
    const text = parts.map((part) => (part === TOKEN ? token : part === DATE ? date : part)).join("");
    return { bytes: Buffer.from(text, "latin1"), token, messageId: `<${token}@${domain}>` };
  }

  #templateOf(options: SeedOptions): Promise<Template> {
    const key = JSON.stringify([options.from, options.to, options.route, options.subject]);
    const known = this.#templates.get(key);
    if (known !== undefined) return known;
    const template = composeTemplate(options);
    if (this.#templates.size >= MAX_TEMPLATES) this.#templates.clear();
    this.#templates.set(key, template);
    return template;
  }
}

async function composeTemplate(options: SeedOptions): Promise<Template> {
  const { from, to, route } = options;
  // Without a Subject, filters would see no ordinary message.
  const subject =
    options.subject === undefined || options.subject === "" ? "Mailgauge probe" : options.subject;
  // Takes 45 ms to load, and most commands compose nothing.
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
  const domain = domainOf(options);
  const composed = await new MailComposer({
    // A bounce has no sender (RFC 5321 section 4.5.5), but a message needs an author (RFC 5322 section 3.6).
    from: from === "" ? [...to].slice(0, 1) : from,
    to: [...to],
    subject,
    messageId: `<${TOKEN}@${domain}>`,
    headers: {
      [TOKEN_HEADER]: TOKEN,
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
    },
    text: bodyText(route),
    newline: "\r\n",
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
  const text = composed
    .toString("latin1")
    .replace(/^Date: .*$/m, `Date: ${DATE}`)
    // Beside the subject and not in it, since an encoded word would change it.
    .replace(/^Subject: .*(?:\r\n[ \t].*)*$/m, (line) =>
      SHORT_SUBJECT.test(line) ? `${line} ${TOKEN}` : `${line}\r\n ${TOKEN}`,
    );
  return { parts: text.split(new RegExp(`(${TOKEN}|${DATE})`)), domain };
}

function domainOf({ from, to }: SeedOptions): string {
  const address = from === "" ? (to[0] ?? "") : from;
  return domainToASCII(address.slice(address.lastIndexOf("@") + 1)) || "mailgauge.invalid";
}

/** Plain words, so that filters see an ordinary short message; the same for the same route. */
function bodyText(route: string): string {
  const lines = [
    "This message was sent by Mailgauge, a monitor of mail delivery.",
    "It was sent on behalf of the operator of the sending address. No answer is needed.",
    "",
  ];
  let seed = createHash("sha256").update(route).digest();
  for (let line = 0; line < FILLER_LINES; line += 1) {
    lines.push([...seed.subarray(0, 10)].map((octet) => WORDS[octet % WORDS.length]).join(" "));
    seed = createHash("sha256").update(seed).digest();
  }
  return `${lines.join("\n")}\n`;
}

const WORDS =
  "about after again among before between bridge brought carry city close common country course early earth every found garden great green group hand heard house idea island kind known language later letter light listen little long make measure might morning mountain music nature near never night north often open order paper part people place plain plant point river road round school second seven several simple since small sound south stand still stone story study summer table talk thing think though through time together town travel tree turn under until valley voice walk warm watch water weather white whole window winter with wood word work world write year young".split(
    " ",
  );
