import { createSecureContext, type SecureContext } from "node:tls";
import type { Certificates } from "./certificates.ts";
import { Connection } from "./connection.ts";
import type { FaultState } from "./fault-state.ts";
import { Listener } from "./listener.ts";
import type { RelayContext, Service } from "./service.ts";
import { serve } from "./session.ts";

export type ServiceName = Service["name"];

/** One SMTP server of the lab: a host with several ports that share their faults. */
export interface RelayServer {
  readonly name: string;
  readonly host: string;
  readonly faults: FaultState;
  readonly port: (service: ServiceName) => number;
  /** Opens or shuts the ports, as the faults say. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

export interface RelaySettings {
  readonly context: Omit<RelayContext, "secureContext" | "clientName">;
  readonly certificates: Certificates;
  readonly services: readonly Service[];
  readonly addresses: readonly string[];
}

export async function startRelay(settings: RelaySettings): Promise<RelayServer> {
  const { faults, relay, host } = settings.context;
  const context: RelayContext = {
    ...settings.context,
    secureContext: secureContexts(settings.certificates, faults),
    clientName: (certificate) => settings.certificates.clientName(certificate),
  };
  const listeners = new Map<ServiceName, Listener>();
  const sessions = new Set<Promise<void>>();
  for (const service of settings.services) {
    const listener = new Listener(settings.addresses, (socket) => {
      const session = serve(new Connection(socket, faults), service, context);
      sessions.add(session);
      void session.finally(() => sessions.delete(session));
    });
    listeners.set(service.name, listener);
  }
  await Promise.all([...listeners.values()].map((listener) => listener.open()));
  return {
    name: relay,
    host,
    faults,
    port: (service) => listeners.get(service)?.port ?? 0,
    async refresh() {
      const refuse = faults.last("refuse") !== undefined;
      await Promise.all(
        [...listeners.values()].map((listener) => (refuse ? listener.close() : listener.open())),
      );
    },
    async stop() {
      await Promise.all([...listeners.values()].map((listener) => listener.close()));
      await Promise.all(sessions);
    },
  };
}

/** Contexts by certificate and TLS version, each made when first asked for. */
function secureContexts(certificates: Certificates, faults: FaultState): () => Promise<SecureContext> {
  const made = new Map<string, SecureContext>();
  return async () => {
    const variant = faults.last("certificate")?.variant ?? "good";
    const max = faults.last("tls_version")?.max;
    const known = made.get(`${variant} ${max ?? ""}`);
    if (known !== undefined) return known;
    const { key, cert } = await certificates.get(variant);
    const context = createSecureContext({
      key,
      cert,
      ca: certificates.ca,
      // A server that asks for client certificates must name its sessions, or OpenSSL refuses their resumption.
      sessionIdContext: "mailgauge-lab",
      // OpenSSL serves short keys and old versions at its lowest security level only.
      ...(variant === "weak_key" || max === "TLSv1.1" ? { ciphers: "DEFAULT@SECLEVEL=0" } : {}),
      ...(max === undefined ? {} : { minVersion: "TLSv1" as const, maxVersion: max }),
    });
    made.set(`${variant} ${max ?? ""}`, context);
    return context;
  };
}
