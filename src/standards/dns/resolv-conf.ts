import { parseServerAddress, type ServerAddress } from "./server-address.ts";

/** What Mailgauge takes from resolv.conf(5). Search lists are ignored: every name it asks is complete. */
export interface ResolvConf {
  /** At most three, as in libc. */
  readonly servers: readonly ServerAddress[];
  /** 1 to 30 seconds, in milliseconds. */
  readonly timeoutMs?: number;
  /** 1 to 5. */
  readonly attempts?: number;
}

const SERVERS_MAX = 3;

function option(options: readonly string[], name: string, max: number): number | undefined {
  const last = options.findLast((word) => word.startsWith(`${name}:`));
  const value = Number.parseInt(last?.slice(name.length + 1) ?? "", 10);
  return Number.isNaN(value) ? undefined : Math.min(Math.max(value, 1), max);
}

/** Reads the text of resolv.conf(5) as libc does: lines that make no sense are passed over. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: ServerAddress[] = [];
  const options: string[] = [];
  for (const line of text.split("\n")) {
    const [keyword, ...words] = line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/);
    if (keyword === "options") options.push(...words);
    const server = keyword === "nameserver" ? parseServerAddress(words[0] ?? "") : undefined;
    if (server && servers.length < SERVERS_MAX) servers.push(server);
  }
  const timeout = option(options, "timeout", 30);
  const attempts = option(options, "attempts", 5);
  return {
    servers,
    ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
    ...(attempts !== undefined && { attempts }),
  };
}
