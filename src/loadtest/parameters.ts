import type { Relay, RelayScheme } from "../model/subject.ts";

/** Parameters of a scenario, as k6 gets them in its environment. */
export type Parameters = Readonly<Record<string, string>>;

/** Set from the relay alone: they name the end that has been checked. */
export const TARGET_PARAMETERS: ReadonlySet<string> = new Set(["SMTP_HOST", "SMTP_PORT", "SMTP_PROTOCOL"]);

/** Belong in a file or the environment, where not everybody on the machine can read them. */
export const SECRET_PARAMETERS: ReadonlySet<string> = new Set(["SMTP_PASSWORD", "SMTP_TOKEN", "SMTP_KEY"]);

/** Who sends, who receives, and PEM texts: nothing that a report needs. */
const PRIVATE = /^SMTP_(?:USERNAME|FROM|TO|CA|CERT|XCLIENT|HOST|PORT|RUN_ID)$/;

/** By their names, also those of a script of the user's own. */
const SECRET = /PASS|TOKEN|SECRET|CREDENTIAL|(?:^|_)KEY$/;

/** A shorter one may be a part of any word. */
const LEAST_HIDDEN = 4;

/** Whether a parameter of this name must be shown to nobody. */
export function isSecret(name: string): boolean {
  return SECRET.test(name);
}

/** Takes the secrets out of a text: a server, or a script of the user's own, may say what it was given. */
export function secretsHidden(parameters: Parameters): (text: string) => string {
  const secrets = Object.entries(parameters)
    .flatMap(([name, value]) => (isSecret(name) && value.length >= LEAST_HIDDEN ? [value] : []))
    .sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((left, secret) => left.replaceAll(secret, "[redacted]"), text);
}

/** How the relay is reached and spoken to. `address` is the one that was checked; the name goes into SNI. */
export function relayParameters(relay: Relay, address: string): Record<string, string> {
  const { tls, auth } = relay;
  return defined({
    SMTP_HOST: address,
    SMTP_PORT: String(relay.port),
    SMTP_PROTOCOL: relay.scheme === "lmtp" ? "lmtp" : "smtp",
    SMTP_TLS: tlsMode(relay.scheme, tls.starttls),
    SMTP_SERVER_NAME: tls.serverName ?? relay.host,
    SMTP_CA: tls.ca,
    SMTP_CERT: tls.cert,
    SMTP_KEY: tls.key?.reveal(),
    SMTP_INSECURE: tls.verify === false ? "yes" : undefined,
    SMTP_TLS_MIN: tls.minVersion?.replace(/^TLSv1$/, "TLSv1.0").replace("TLSv", ""),
    SMTP_USERNAME: auth?.username === "" ? undefined : auth?.username,
    SMTP_PASSWORD: auth?.password?.reveal(),
    SMTP_TOKEN: auth?.accessToken?.reveal(),
    SMTP_AUTH_MECH: auth?.mechanism,
    SMTP_AUTH_CLEARTEXT: auth?.allowCleartext === true ? "yes" : undefined,
    SMTP_FROM: relay.from === "" ? undefined : relay.from,
    SMTP_TO: relay.to.length === 0 ? undefined : relay.to.join(","),
    SMTP_EHLO: relay.helo,
  });
}

/** What a report may show of the parameters. */
export function publicParameters(parameters: Parameters): Parameters {
  const shown = Object.entries(parameters).filter(
    ([name, value]) => !PRIVATE.test(name) && !isSecret(name) && !value.includes("@"),
  );
  return Object.fromEntries(shown.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function tlsMode(scheme: RelayScheme, starttls: "required" | "opportunistic" | "never" | undefined): string {
  if (scheme === "submissions") return "implicit";
  const usual = { smtp: "opportunistic", submission: "required", lmtp: "never" } as const;
  const mode = starttls ?? usual[scheme];
  return { required: "starttls", opportunistic: "opportunistic", never: "none" }[mode];
}

function defined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
