import { SMTP_DEPTHS } from "../model/evidence.ts";
import type { Checked } from "./checked.ts";
import { DEPTH_OF, type Filled, type FilledRelay, relayUrl } from "./filled.ts";
import { type Complaint, wrong } from "./issues.ts";
import type { Path } from "./problem.ts";

/** Depth and expectation against what the entry gives to reach them. */
export function* relayDepth(at: Path, relay: FilledRelay, checked: Checked): Generator<Complaint> {
  const { depth, expect } = relay;
  const path = [...at, "depth"];
  if (expect !== "accept") {
    if (depth === DEPTH_OF[expect] || !checked.has(path)) return;
    yield wrong(
      path,
      `expect ${expect} goes as far as ${DEPTH_OF[expect]}, not ${depth}`,
      "leave `depth` out",
    );
    return;
  }
  if ((depth === "rcpt" || depth === "data") && relay.to.length === 0 && !checked.isSpoilt([...at, "to"])) {
    yield wrong(path, `depth ${depth} needs a recipient`, "add `to: address`");
  }
  if (depth === "auth" && relay.auth === undefined && !checked.isSpoilt([...at, "auth"])) {
    yield wrong(path, "depth auth needs credentials", "add `auth: { username, password }`");
  }
}

interface WithAuth {
  readonly auth?: Filled["relays"][number]["auth"];
  readonly tls: Filled["mailboxes"][number]["tls"];
}

/** Credentials against the mechanism that they are for. */
export function* credentials(at: Path, { auth, tls }: WithAuth, checked: Checked): Generator<Complaint> {
  if (tls.cert !== undefined && tls.key === undefined && !checked.isSpoilt([...at, "tls", "key"])) {
    yield wrong([...at, "tls", "cert"], "has no private key beside it", "add `key: PATH`");
  }
  if (tls.key !== undefined && tls.cert === undefined && !checked.isSpoilt([...at, "tls", "cert"])) {
    yield wrong([...at, "tls", "key"], "has no certificate beside it", "add `cert: PATH`");
  }
  if (auth === undefined || checked.isSpoilt([...at, "auth"])) return;
  const path = [...at, "auth"];
  const { mechanism, password, access_token: token } = auth;
  if (mechanism === "EXTERNAL") {
    if (tls.cert === undefined && !checked.isSpoilt([...at, "tls"])) {
      yield wrong([...path, "mechanism"], "EXTERNAL needs a client certificate", "add `tls: { cert, key }`");
    }
    return;
  }
  if (auth.username === undefined) yield wrong(path, "has no user name", "add `username`");
  const bearer = mechanism === "XOAUTH2" || mechanism === "OAUTHBEARER";
  if (password !== undefined && token !== undefined) {
    yield wrong([...path, "access_token"], "stands beside `password`", "keep one of the two", "key");
  } else if (bearer && token === undefined) {
    yield wrong(
      [...path, "mechanism"],
      `${mechanism} needs an access token`,
      "add `access_token: { env: NAME }`",
    );
  } else if (mechanism !== undefined && !bearer && password === undefined) {
    yield wrong([...path, "mechanism"], `${mechanism} needs a password`, "add `password: { env: NAME }`");
  } else if (password === undefined && token === undefined) {
    yield wrong(path, "has no secret", "add `password: { env: NAME }`, or `access_token`");
  }
}

/** TLS settings against the scheme. */
export function* relayTls(at: Path, relay: FilledRelay, checked: Checked): Generator<Complaint> {
  if (checked.isSpoilt([...at, "url"]) || checked.isSpoilt([...at, "tls", "starttls"])) return;
  const { scheme } = relayUrl(relay.url);
  if (scheme === "submissions" && relay.tls.starttls !== undefined) {
    const remedy = "leave it out, or write the URL with submission://";
    yield wrong(
      [...at, "tls", "starttls"],
      "does not go with submissions://, which speaks TLS from the first byte",
      remedy,
    );
  }
  const clear = relay.tls.starttls === "never" && scheme !== "submissions";
  const allowed = relay.auth?.allow_cleartext === true || !sendsCredentials(relay);
  if (clear && relay.auth !== undefined && !allowed && !checked.isSpoilt([...at, "auth"])) {
    const remedy = "let STARTTLS be, or accept that with `allow_cleartext: true`";
    yield wrong([...at, "auth"], "would cross the network in the clear", remedy);
  }
  if (clear && relay.depth === "tls") {
    yield wrong(
      [...at, "depth"],
      "depth tls cannot be reached without STARTTLS",
      "write another depth, or `tls: { starttls: required }`",
    );
  }
  if (clear && relay.probes.includes("tls")) {
    const path = [...at, "probes", relay.probes.indexOf("tls")];
    yield wrong(
      path,
      "the tls probe cannot run without STARTTLS",
      "leave it out, or write `tls: { starttls: required }`",
    );
  }
}

/** Whether the relay's own credentials go over the wire. */
function sendsCredentials({ depth, expect }: FilledRelay): boolean {
  if (expect === "accept") return SMTP_DEPTHS.indexOf(depth) >= SMTP_DEPTHS.indexOf("auth");
  return expect === "refuse_credentials" || expect === "refuse_sender";
}
