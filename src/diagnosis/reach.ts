import type { Deduction, Scene } from "./scene.ts";
import { portOf } from "./scene.ts";

/** The name could not be turned into an address. */
export function ofDns({ fault, what }: Scene): Deduction {
  const known = fault.code === "dns_nxdomain" || fault.code === "dns_nodata";
  // Probes that are about DNS say themselves which name and which server to look at.
  const remedy = what.findings.find((finding) => finding.verdict === "unknown")?.remedy;
  return {
    code: "dns_broken",
    certainty: known ? "certain" : "likely",
    ...(remedy === undefined ? {} : { remedy }),
  };
}

export function ofRefusedConnection(scene: Scene): Deduction {
  return { code: "server_down", certainty: "likely", evidence: attempts(scene) };
}

/**
 * Silence at SYN. On port 25 the network here is the first suspect: many hosting providers block it. One target
 * cannot tell that from a firewall at the other end, so it stays possible; a refused sibling shows that port 25 is
 * open from here.
 */
export function ofConnectTimeout(scene: Scene): Deduction {
  const evidence = attempts(scene);
  const others =
    scene.notes.dial?.attempts?.some((attempt) => attempt.outcome === "connect_refused") ?? false;
  return portOf(scene) === 25 && !others
    ? { code: "port_blocked", certainty: "possible", evidence }
    : { code: "firewall", certainty: "likely", evidence };
}

export function ofUnreachable(scene: Scene): Deduction {
  return { code: "firewall", certainty: "possible", evidence: attempts(scene) };
}

/** Every address that was tried, and how it went; the fault itself says enough about a single one. */
function attempts({ notes, relay }: Scene): string[] {
  const all = notes.dial?.attempts ?? [];
  if (all.length < 2) return [];
  return all.slice(0, 6).map((attempt) => {
    const where = attempt.family === 6 ? `[${attempt.address}]` : attempt.address;
    const port = relay === undefined ? "" : `:${relay.port}`;
    return `${where}${port}: ${attempt.outcome} after ${Math.round(attempt.durationMs)} ms`;
  });
}

/** The other side hung up, politely or not. Before the greeting that is an answer; later it is a fault. */
export function ofLostConnection({ fault }: Scene): Deduction {
  if (fault.phase === "connect" || fault.phase === "banner") {
    return { code: "connection_rejected", certainty: "likely" };
  }
  return { code: "server_fault", certainty: fault.phase === "tls" ? "possible" : "likely" };
}

/** No answer. Where nobody greets on a port of implicit TLS, both sides wait for the other to begin. */
export function ofTimeout(scene: Scene): Deduction {
  if (scene.fault.phase === "connect") return ofConnectTimeout(scene);
  if (scene.fault.phase === "dns") return ofDns(scene);
  if (scene.fault.phase === "banner" && scene.relay?.port === 465 && scene.relay.scheme !== "submissions") {
    return {
      code: "tls_mode_mismatch",
      certainty: "likely",
      evidence: [
        "port 465 is for TLS from the first byte, and the connection waits for a greeting in the clear",
      ],
    };
  }
  return { code: "server_silent", certainty: "likely" };
}

export function ofProtocolError({ fault }: Scene): Deduction {
  if (fault.phase !== "banner") return { code: "protocol_violation", certainty: "certain" };
  return fault.detail === "tls_record"
    ? { code: "tls_mode_mismatch", certainty: "certain" }
    : { code: "not_smtp", certainty: "likely" };
}
