import { connect } from "node:net";

export interface ReachOptions {
  /** Milliseconds for each address. */
  readonly timeoutMs: number;
  readonly localAddress?: string;
  readonly signal?: AbortSignal;
}

/**
 * The first of the addresses that takes a TCP connection, tried in turn; or, when none does, what each of them did
 * instead. Never rejects.
 */
export async function firstReachable(
  addresses: readonly string[],
  port: number,
  options: ReachOptions,
): Promise<{ readonly address: string } | { readonly reasons: readonly string[] }> {
  const reasons: string[] = [];
  for (const address of addresses) {
    const reason = await whyNot(address, port, options);
    if (reason === undefined) return { address };
    reasons.push(`${address} port ${port}: ${reason}`);
  }
  return { reasons };
}

function whyNot(
  host: string,
  port: number,
  { timeoutMs, localAddress, signal }: ReachOptions,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
    const timer = setTimeout(() => settle(`no answer within ${timeoutMs / 1000} s`), timeoutMs);
    const abort = (): void => settle("broken off");
    const settle = (reason: string | undefined): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      socket.destroy();
      resolve(reason);
    };
    signal?.addEventListener("abort", abort);
    socket.once("connect", () => settle(undefined));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      settle(REASONS[error.code ?? ""] ?? error.message),
    );
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ETIMEDOUT: "no answer",
};
