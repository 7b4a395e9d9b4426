import type { Options } from "k6/options";
import type { ClientOptions } from "k6/x/smtp";
import { Client } from "k6/x/smtp";
import * as params from "../../../../loadtests/lib/params.ts";
import { target } from "../../../../loadtests/lib/target.ts";

/** Opens sessions in turn with TLS 1.2 and 1.3, and tells the median milliseconds of EHLO, as JSON. */
export const options: Options = { vus: 1, iterations: 1 };

const count = params.count("COUNT", 30);
const common = target({ tls: "starttls" });
const clients = { "1.2": clientOf({ maxVersion: "1.2" }), "1.3": clientOf({ minVersion: "1.3" }) };

function clientOf(tlsOptions: NonNullable<ClientOptions["tlsOptions"]>): Client {
  return new Client({ ...common, tlsOptions: { ...common.tlsOptions, ...tlsOptions } });
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

export default function ehloTimes(): void {
  const times: Record<keyof typeof clients, number[]> = { "1.2": [], "1.3": [] };
  for (let i = 0; i < count; i++)
    for (const version of ["1.2", "1.3"] as const) {
      const { ok, message, timings } = clients[version].open();
      if (!ok) throw new Error(`TLS ${version}: ${message}`);
      times[version].push(timings.ehlo ?? Number.NaN);
      clients[version].quit();
    }
  console.info(JSON.stringify({ "1.2": median(times["1.2"]), "1.3": median(times["1.3"]) }));
}
