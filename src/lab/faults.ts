import type { FaultExpectation, FaultOptions, FaultSwitch } from "./fault.ts";
import { AUTH } from "./faults/auth.ts";
import { BLOCKLIST } from "./faults/blocklist.ts";
import { CONNECTION } from "./faults/connection.ts";
import { DNS } from "./faults/dns.ts";
import { SMTP } from "./faults/smtp.ts";
import { TLS } from "./faults/tls.ts";

/** Every fault of the lab. The page's panel, the demo and the table test read this one list. */
export const FAULTS: readonly FaultSwitch[] = [...CONNECTION, ...TLS, ...AUTH, ...SMTP, ...DNS, ...BLOCKLIST];

export function findFault(id: string): FaultSwitch | undefined {
  return FAULTS.find((fault) => fault.id === id);
}

/** One row of the table test: this fault with these options must yield this. */
export interface FaultRow {
  readonly id: string;
  readonly options: FaultOptions;
  readonly expect: FaultExpectation;
}

/** All expectations of the table, each with its own options. */
export function faultRows(): FaultRow[] {
  return FAULTS.flatMap((fault) => [
    { id: fault.id, options: {}, expect: fault.expect },
    ...(fault.more ?? []).map((more) => ({
      id: fault.id,
      options: more.options ?? {},
      expect: more.expect,
    })),
  ]);
}
