import type { ProbeModule } from "./types.ts";

/** Modules that need no configuration. Each takes the options of the configured target, or the probe's defaults. */
export const BUILT_IN_MODULES: readonly ProbeModule[] = [
  {
    name: "smtp",
    probe: "smtp",
    scheme: "smtp",
    title: "SMTP, STARTTLS when offered (port 25)",
    options: {},
  },
  {
    name: "submission",
    probe: "smtp",
    scheme: "submission",
    title: "Submission, STARTTLS required (port 587)",
    options: {},
  },
  {
    name: "submissions",
    probe: "smtp",
    scheme: "submissions",
    title: "Submission over implicit TLS (port 465)",
    options: {},
  },
  { name: "lmtp", probe: "smtp", scheme: "lmtp", title: "LMTP (port 24)", options: {} },
  {
    name: "tls",
    probe: "tls",
    scheme: "smtp",
    title: "TLS handshake and certificate of a relay",
    options: {},
  },
  { name: "mx", probe: "mx", title: "MX records of a domain and whether the hosts answer", options: {} },
  { name: "blocklist", probe: "blocklist", title: "Listings of an address on blocklists", options: {} },
];

/** Modules by name; those of the configuration replace built-in ones of the same name. */
export function modulesByName(configured: Iterable<ProbeModule> = []): ReadonlyMap<string, ProbeModule> {
  return new Map([...BUILT_IN_MODULES, ...configured].map((module) => [module.name, module]));
}
