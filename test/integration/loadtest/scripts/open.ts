import type { Options } from "k6/options";
import * as params from "../../../../loadtests/lib/params.ts";
import { client } from "../../../../loadtests/lib/target.ts";

/** Opens one session, or only its connection with STEP=connect, and tells how far it came, as JSON. */
const step = params.choice("STEP", ["open", "connect"], "open");

export const options: Options = { vus: 1, iterations: 1 };

const relay = client();

export default function open(): void {
  const { ok, code, phase, error, message, tls } = step === "open" ? relay.open() : relay.connect();
  console.info(JSON.stringify({ ok, code, phase, error, message, tls }));
  relay.close();
}
