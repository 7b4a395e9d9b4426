import { Secret } from "../model/secret.ts";
import type { Relay, Subject, TlsSettings } from "../model/subject.ts";
import type { LabTarget } from "./fault.ts";
import type { ServiceName } from "./relay.ts";
import type { LabUser } from "./sasl-server.ts";

/** What is needed to describe a lab's subjects to a probe. */
export interface SubjectSource {
  /** Of the relay that is meant. */
  readonly name: string;
  readonly host: string;
  readonly port: (service: ServiceName) => number;
  readonly mxPort: number;
  readonly ca: string;
  readonly user: LabUser;
  /** An address that is on no list while the lab is healthy. */
  readonly watchedAddress: string;
}

const SERVICES: Readonly<Record<Exclude<LabTarget, "domain" | "address">, Exclude<ServiceName, "mx">>> = {
  smtp: "smtp",
  smtp_clear: "smtp",
  smtp_clear_auth: "smtp",
  submission: "submission",
  submission_token: "submission",
  submissions: "submissions",
  lmtp: "lmtp",
};

/** The lab's subject as the configuration of a user would make it. Resolve its names with the lab's DNS server. */
export function labSubject(target: LabTarget, source: SubjectSource): Subject {
  const helo = "probe.lab.test";
  if (target === "address") {
    return { kind: "address", name: source.watchedAddress, labels: {}, address: source.watchedAddress };
  }
  if (target === "domain") {
    return { kind: "domain", name: "lab.test", labels: {}, domain: "lab.test", helo, port: source.mxPort };
  }
  const service = SERVICES[target];
  const clear = target === "smtp_clear" || target === "smtp_clear_auth";
  const tls: TlsSettings = { ca: source.ca, ...(clear ? { starttls: "never" } : {}) };
  const relay: Relay = {
    kind: "relay",
    name: source.name,
    labels: {},
    scheme: service,
    host: source.host,
    port: source.port(service),
    helo,
    from: "probe@lab.test",
    to: ["seed@lab.test"],
    tls,
  };
  return { ...relay, ...credentials(target, source.user) };
}

function credentials(target: LabTarget, user: LabUser): Pick<Relay, "auth"> {
  const { username } = user;
  switch (target) {
    case "submission":
    case "submissions":
      return { auth: { username, password: new Secret(user.password) } };
    case "submission_token":
      return { auth: { username, accessToken: new Secret(user.accessToken ?? "") } };
    case "smtp_clear_auth":
      return { auth: { username, password: new Secret(user.password), allowCleartext: true } };
    case "smtp":
    case "smtp_clear":
    case "lmtp":
    case "domain":
    case "address":
      break;
  }
  return {};
}
