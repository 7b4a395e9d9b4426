import { createHmac, hash, type KeyObject, timingSafeEqual } from "node:crypto";

/** As a `KeyObject` where many tokens are made: Node prepares bytes anew each time, which costs more than the HMAC. */
type SeedKey = KeyObject | Uint8Array;

/** What a token tells about its message. */
export interface SeedOrigin {
  readonly route: string;
  /** Counts the messages of one process. */
  readonly sequence: number;
  /** Milliseconds since the epoch, by the sender's clock. */
  readonly sentAt: number;
}

/** Letters, digits and hyphens only: it survives headers, encoded words, address parts and searches as it is. */
const FORM = /^mg-([0-9a-z]{1,11})-([0-9a-z]{1,11})-([0-9a-f]{8})-([0-9a-f]{24})$/;

/** Names the route without telling its name to everyone on the way. */
function routeId(route: string): string {
  return hash("sha256", route, "hex").slice(0, 8);
}

function signature(text: string, route: string, key: SeedKey): string {
  return createHmac("sha256", key).update(text).update("\0").update(route).digest("hex").slice(0, 24);
}

/** The token of one message: send time, sequence and route, signed, so that nobody else's mail is taken for ours. */
export function mintToken({ route, sequence, sentAt }: SeedOrigin, key: SeedKey): string {
  const text = `mg-${sentAt.toString(36)}-${sequence.toString(36)}-${routeId(route)}`;
  return `${text}-${signature(text, route, key)}`;
}

/** Whose message it is among `routes`; nothing when it is not ours, or was changed. */
export function readToken(token: string, routes: readonly string[], key: SeedKey): SeedOrigin | undefined {
  const [, sentAt = "", sequence = "", id, signed = ""] = FORM.exec(token) ?? [];
  const text = token.slice(0, -signed.length - 1);
  const route = routes.find((name) => routeId(name) === id);
  if (route === undefined) return undefined;
  const expected = Buffer.from(signature(text, route, key));
  if (!timingSafeEqual(expected, Buffer.from(signed))) return undefined;
  return { route, sequence: Number.parseInt(sequence, 36), sentAt: Number.parseInt(sentAt, 36) };
}
