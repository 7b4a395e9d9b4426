import { isIP } from "node:net";
import type { Job } from "../model/probe.ts";
import { parseHostPort, toMailDomain } from "./host.ts";
import { type ConfigDeps, configOf } from "./load.ts";
import type { Problem } from "./problem.ts";
import { RELAY_SCHEMES } from "./service-url.ts";

/** What the command line or `/probe` may say about a target that stands in no file. */
export interface BareTargetOptions {
  readonly depth?: string;
  readonly expect?: string;
  readonly from?: string;
  readonly to?: readonly string[];
  readonly helo?: string;
  readonly username?: string;
  /** Name of the environment variable that holds the password. */
  readonly passwordEnv?: string;
  /** Path of the file that holds the password. */
  readonly passwordFile?: string;
  /** PEM file of the certificate authorities to trust. */
  readonly ca?: string;
  /** An untrusted certificate is a warning, not a failure. */
  readonly insecure?: boolean;
  readonly timeoutMs?: number;
  readonly chunking?: boolean;
  readonly pipelined?: boolean;
  /** Lists to look up, as the `blocklists` of a `Config`; the probe's own by default. */
  readonly blocklists?: readonly Readonly<Record<string, unknown>>[];
}

export type BareTargetResult =
  | { readonly ok: true; readonly jobs: readonly Job[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Jobs for a target without a configuration: a URL (probes `smtp` and `tls`), a domain (`mx` and `blocklist`) or an
 * IP address (`blocklist`), with the defaults of a configured one and no schedule. Each subject's name is the target
 * as typed.
 */
export function parseTarget(
  target: string,
  deps: ConfigDeps,
  options: BareTargetOptions = {},
): BareTargetResult {
  const file = withoutPassword(target);
  const values = valuesFor(target.trim(), options);
  if (values === undefined) return { ok: false, problems: [notATarget(target)] };
  const position = () => ({ line: 0, column: 0 });
  const result = configOf({ file, values, problems: [], position }, deps, ".");
  if (!result.ok) return { ok: false, problems: result.problems.map((problem) => renamed(problem)) };
  const lists = options.blocklists ?? [];
  const jobs = result.config.jobs.map((job): Job => {
    const { schedule: _, ...rest } = job;
    const subject = { ...job.subject, name: target.trim() };
    const probe = lists.length > 0 && job.probe === "blocklist" ? deps.probes.get(job.probe) : undefined;
    return {
      ...rest,
      id: `${job.probe}/${subject.kind}/${subject.name}`,
      subject,
      ...(probe === undefined ? {} : { options: probe.parseOptions({ lists }) }),
      timeoutMs: options.timeoutMs ?? job.timeoutMs,
    };
  });
  return { ok: true, jobs };
}

function valuesFor(target: string, options: BareTargetOptions): Record<string, unknown> | undefined {
  const { helo, from } = options;
  const common = {
    defaults: {
      // Nothing is scheduled, so any interval longer than the deadline will do.
      interval: "30d",
      ...(helo === undefined ? {} : { helo }),
      ...(from === undefined ? {} : { from }),
    },
  };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(target)) return { ...common, relays: [relayValues(target, options)] };
  const bare = target.replace(/^\[(.*)\]$/, "$1");
  const address = { address: bare, interval: "30d" };
  if (isIP(bare) !== 0) return { ...common, addresses: [address] };
  const domain = toMailDomain(target);
  if (domain === undefined) return undefined;
  return { ...common, domains: [{ name: domain, interval: "30d" }], addresses: [address] };
}

function relayValues(url: string, options: BareTargetOptions): Record<string, unknown> {
  const { username, passwordEnv, passwordFile } = options;
  const password =
    passwordEnv === undefined
      ? passwordFile === undefined
        ? undefined
        : { file: passwordFile }
      : { env: passwordEnv };
  const auth = username === undefined && password === undefined ? undefined : defined({ username, password });
  return defined({
    name: "target",
    url,
    depth: options.depth,
    expect: options.expect,
    to: options.to === undefined || options.to.length === 0 ? undefined : [...options.to],
    auth,
    tls: defined({ ca: options.ca, verify: options.insecure === true ? false : undefined }),
    chunking: options.chunking,
    mode: options.pipelined === true ? "pipelined" : undefined,
  });
}

function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** The target as messages may show it: one with a password in it is refused, but not repeated. */
function withoutPassword(target: string): string {
  return target.replace(/\/\/[^/?#]*@/, "//[redacted]@").replace(/^[^/?#@]*:[^/?#]*@/, "[redacted]@");
}

/** The key alone: `relays[0].auth.username` means nothing to who wrote no file. */
function renamed(problem: Problem): Problem {
  const path = problem.path.replace(/^(?:relays|domains|addresses)\[0\]\.?|^defaults\./, "");
  return { ...problem, path: path === "url" || path === "address" || path === "name" ? "" : path };
}

function notATarget(target: string): Problem {
  const text = target.trim();
  const message = text === "" ? "is empty" : "is neither a URL, a domain nor an IP address";
  return { file: withoutPassword(target), line: 0, column: 0, path: "", message, remedy: nearestForm(text) };
}

const FORMS =
  "write smtp://host, submission://host, submissions://host, lmtp://host, a domain or an IP address";

/** What was probably meant. */
function nearestForm(text: string): string {
  const end = parseHostPort(text);
  if (end?.port !== undefined) {
    const scheme = Object.entries(RELAY_SCHEMES).find(([, { port }]) => port === end.port)?.[0] ?? "smtp";
    return `write ${scheme}://${text}`;
  }
  const domain = text.includes("@") ? toMailDomain(text.slice(text.lastIndexOf("@") + 1)) : undefined;
  if (domain !== undefined) return `write its domain, ${domain}`;
  if (isIP(text.split("/")[0] ?? "") !== 0) return "write one address of the network";
  if (/^[a-z0-9-]+$/i.test(text)) return `write smtp://${text} if that is the name of a host`;
  return FORMS;
}
