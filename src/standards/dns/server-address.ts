import { isIP, isIPv4 } from "node:net";

/** Where a name server listens. */
export interface ServerAddress {
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
}

const DNS_PORT = 53;

/** Reads `address`, `address:port` or `[v6]:port`. A host name is refused: it would need a resolver to find. */
export function parseServerAddress(text: string): ServerAddress | undefined {
  const match = /^\[([^\]]+)\](?::([0-9]{1,5}))?$/.exec(text) ?? /^([0-9.]+):([0-9]{1,5})$/.exec(text);
  const address = match?.[1] ?? text;
  const port = match?.[2] === undefined ? DNS_PORT : Number(match[2]);
  if (isIP(address) === 0 || port < 1 || port > 65535) return undefined;
  return { address, port, family: isIPv4(address) ? 4 : 6 };
}

/** The form that a report shows and `parseServerAddress` reads. */
export function formatServerAddress({ address, port, family }: ServerAddress): string {
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
