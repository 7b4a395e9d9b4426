import type { Answer } from "dns-packet";
import { onTestFinished } from "vitest";
import { createResolver, type Resolver, type ResolverOptions } from "../../src/net/dns/resolver.ts";
import { startDns, type Script, type ScriptedDns } from "./dns-server.ts";

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** A scripted name server that ends with the test. */
export async function serve(script: Script): Promise<ScriptedDns> {
  const server = await startDns(script);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** A resolver without cache that ends with the test. */
export function resolver(
  servers: readonly { readonly address: string }[],
  options: Partial<ResolverOptions> = {},
): Resolver {
  const made = createResolver({
    clock,
    timeoutMs: 40,
    cache: false,
    servers: servers.map(({ address }) => address),
    ...options,
  });
  onTestFinished(() => made.close());
  return made;
}

export const a = (name: string, data = "192.0.2.1", ttl = 300): Answer => ({ name, type: "A", ttl, data });
export const cname = (name: string, data: string): Answer => ({ name, type: "CNAME", ttl: 60, data });
/** SOA whose negative answers hold for 60 seconds. */
export const soa: Answer = {
  name: "example",
  type: "SOA",
  ttl: 900,
  data: { mname: "a.example", rname: "b.example", minimum: 60 },
};
