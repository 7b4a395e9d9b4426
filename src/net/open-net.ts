import type { Resolve } from "../model/dns.ts";
import type { OpenNet } from "../model/probe.ts";
import { SeedComposer } from "./compose.ts";
import { DestinationGate, type GateLimits } from "./destination-gate.ts";
import { DEFAULT_SMTP_LIMITS, type SmtpContext, type SmtpLimits } from "./smtp/context.ts";
import { dialSmtp } from "./smtp/dial.ts";
import { warmTls } from "./smtp/warm-tls.ts";

export interface NetOptions {
  readonly resolve: Resolve;
  /** Signs the tokens of seeded messages; random for this process otherwise. */
  readonly seedKey?: Uint8Array;
  /** Makes a handshake with itself at once, so that the first probe does not pay for TLS's set-up: some 10 ms. */
  readonly warmTls?: boolean;
  readonly limits?: Partial<SmtpLimits>;
  /** `false`: as many sessions to one destination as are asked for. */
  readonly gate?: GateLimits | false;
}

/** The network, as the engine opens it for each observation. Gate, seed templates and TLS contexts are shared. */
export function createOpenNet(options: NetOptions): OpenNet {
  const composer = new SeedComposer(options.seedKey);
  const limits: SmtpLimits = { ...DEFAULT_SMTP_LIMITS, ...options.limits };
  const gate = options.gate === false ? undefined : new DestinationGate(options.gate);
  if (options.warmTls === true) void warmTls();

  return ({ signal, clock, phases, timeoutMs }) => {
    const context: SmtpContext = {
      resolve: options.resolve,
      signal,
      phases,
      limits,
      ...(gate === undefined ? {} : { gate }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
    return {
      resolve: (name, type, given) => options.resolve(name, type, { signal, ...given }),
      dialSmtp: (dial, notes) => dialSmtp(dial, context, notes),
      composeSeed: (seed) => composer.compose(seed, clock.now()),
    };
  };
}
