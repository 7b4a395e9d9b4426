import { isIP } from "node:net";

import type { FaultCode } from "../../model/codes.ts";
import type { DnsResult } from "../../model/dns.ts";
import { FaultError } from "../../model/observation.ts";
import type { DialNotes, SmtpDial } from "../../model/smtp.ts";
import type { SmtpContext } from "./context.ts";
import { endOfAbort, outcomeOfError } from "./faults.ts";

export interface Target {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Addresses of each family that a report needs; a hostile zone can name thousands. */
const MAX_NOTED = 32;

/**
 * The addresses of the host in the order in which they are tried: IPv6 first, then in turn (RFC 8305 section 4). Phase
 * `dns`, left out for an address literal.
 */
export async function targetsOf(
  dial: SmtpDial,
  context: SmtpContext,
  notes: Partial<DialNotes>,
): Promise<readonly Target[]> {
  const host = dial.host.replace(/^\[(.*)\]$/, "$1");
  const family = familyOf(dial);
  const literal = isIP(host);
  if (literal !== 0) {
    const targets: Target[] = [{ address: host, family: literal === 6 ? 6 : 4 }];
    return wanted(targets, family, dial);
  }
  const done = context.phases.begin("dns");
  try {
    const targets = await lookUp(host, family, context, notes);
    done();
    return targets.slice(0, context.limits.addresses);
  } catch (error) {
    done(outcomeOfError(error));
    throw error;
  }
}

/** A source address can only reach its own family. */
function familyOf({ family, sourceAddress }: SmtpDial): 4 | 6 | undefined {
  if (family !== undefined || sourceAddress === undefined) return family;
  return isIP(sourceAddress) === 6 ? 6 : 4;
}

function wanted(targets: readonly Target[], family: 4 | 6 | undefined, dial: SmtpDial): readonly Target[] {
  if (family === undefined || targets.some((target) => target.family === family)) return targets;
  const message = `${dial.host} is no IPv${family} address, as the source address or the chosen family asks for`;
  throw new FaultError({ code: "connect_unreachable", phase: "connect", message });
}

async function lookUp(
  host: string,
  family: 4 | 6 | undefined,
  context: SmtpContext,
  notes: Partial<DialNotes>,
): Promise<Target[]> {
  const ask = async <T extends "A" | "AAAA">(type: T): Promise<DnsResult<T>> =>
    await context.resolve(host, type, { signal: context.signal, host: true });
  const [aaaa, a] = await Promise.all([
    family === 4 ? undefined : ask("AAAA"),
    family === 6 ? undefined : ask("A"),
  ]).catch((error: unknown) => {
    throw context.signal.aborted ? endedLookUp(context.signal, host) : error;
  });
  const v6 = aaaa?.status === "ok" ? aaaa.records.map((record) => record.data) : [];
  const v4 = a?.status === "ok" ? a.records.map((record) => record.data) : [];
  notes.aaaa = v6.slice(0, MAX_NOTED);
  notes.a = v4.slice(0, MAX_NOTED);
  if (v6.length + v4.length === 0) throw noAddress(host, [a, aaaa]);
  const targets: Target[] = [];
  for (let i = 0; i < Math.max(v6.length, v4.length); i += 1) {
    const [six, four] = [v6[i], v4[i]];
    if (six !== undefined) targets.push({ address: six, family: 6 });
    if (four !== undefined) targets.push({ address: four, family: 4 });
  }
  return targets;
}

function endedLookUp(signal: AbortSignal, host: string): FaultError {
  const end = endOfAbort(signal);
  const code = end.code === "timeout" ? "dns_timeout" : end.code;
  return new FaultError({ code, phase: "dns", message: `${end.what} during the look-up of ${host}` });
}

const UNKNOWN: Readonly<Record<string, FaultCode>> = {
  servfail: "dns_servfail",
  refused: "dns_refused",
  timeout: "dns_timeout",
  malformed: "dns_malformed",
};

/** Not knowing outweighs knowing that one family has nothing; that the name does not exist settles both. */
function noAddress(host: string, results: readonly (DnsResult | undefined)[]): FaultError {
  const asked = results.filter((result) => result !== undefined);
  if (asked.some((result) => result.status === "nxdomain")) {
    return new FaultError({ code: "dns_nxdomain", phase: "dns", message: `the name ${host} does not exist` });
  }
  for (const result of asked) {
    const code = UNKNOWN[result.status];
    if (code !== undefined && "detail" in result) {
      return new FaultError({
        code,
        phase: "dns",
        message: `the look-up of ${host} failed: ${result.detail}`,
      });
    }
  }
  return new FaultError({ code: "dns_nodata", phase: "dns", message: `${host} has no address record` });
}
