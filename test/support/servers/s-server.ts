import type { Certificate } from "./certificates.ts";
import { LOOPBACK } from "./ports.ts";
import { type RunningServer, startServer } from "./server.ts";

/** What it says once TLS stands. */
const BANNER = "220 s_server.test ESMTP";

/**
 * OpenSSL's s_server(1): TLS from the first byte, as its flags say, such as `["-tls1_2"]`; then a banner, and nothing
 * more. Takes one connection after the other.
 */
export function startOpensslServer(
  certificate: Certificate,
  flags: readonly string[] = [],
): Promise<RunningServer<"tls">> {
  return startServer({
    name: "s_server",
    ports: ["tls"],
    prepare: (_dir, ports) => ({
      command: "sh",
      // It passes its standard input on to whoever is connected: a banner every fifth of a second reaches each.
      args: [
        "-c",
        `while echo '${BANNER}'; do sleep 0.2; done | openssl s_server "$@"`,
        "s_server",
        "-accept",
        `${LOOPBACK}:${ports.tls}`,
        "-cert",
        certificate.chainFile,
        "-cert_chain",
        certificate.chainFile,
        "-key",
        certificate.keyFile,
        "-crlf",
        "-quiet",
        ...flags,
      ],
      // As the tests: the key belongs to them.
      user: "self",
    }),
  });
}
