import { connect, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import { SERVER_NAME } from "../support/certificate.ts";
import { ownCpuMs } from "../support/usage.ts";
import { serveWorker } from "../support/worker.ts";
import { keepInFlight } from "../support/flight.ts";

export interface Load {
  readonly port: number;
  readonly ca: string;
  readonly count: number;
  readonly inFlight: number;
  /** `false`: bare Node neither has the root nor looks at the name. */
  readonly verify?: boolean;
}

export interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly failures: number;
}

/** As long as what Mailgauge submits. */
const MESSAGE =
  `From: <probe@bench.test>\r\nTo: <seed@bench.test>\r\nSubject: bench\r\n\r\n${"word ".repeat(14)}\r\n`
    .padEnd(1100, "word ")
    .concat("\r\n.\r\n");

/** What is said, and the code that must come before it. */
const COMMANDS: readonly (readonly [code: string, command: string])[] = [
  ["220", "EHLO probe.bench.test\r\n"],
  ["250", "STARTTLS\r\n"],
  ["220", ""],
  ["", "EHLO probe.bench.test\r\n"],
  ["250", "MAIL FROM:<probe@bench.test>\r\n"],
  ["250", "RCPT TO:<seed@bench.test>\r\n"],
  ["250", "DATA\r\n"],
  ["354", MESSAGE],
  ["250", "QUIT\r\n"],
  ["221", ""],
];
const TLS_STEP = 2;

/** The least that Node can do: one socket, one shared context, no timer, no promise a command, nothing kept. */
function dialogue(port: number, secureContext: SecureContext, verify: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let step = 0;
    let socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const onData = (chunk: Buffer): void => {
      const text = chunk.toString("latin1");
      // The last line of a reply has a blank behind its code.
      const last = text.lastIndexOf("\n", text.length - 2) + 1;
      if (text[last + 3] !== " ") return;
      const [code = "", command = ""] = COMMANDS[step] ?? [];
      if (!text.startsWith(code, last)) {
        socket.destroy();
        return reject(new Error(text));
      }
      if (step === TLS_STEP) return secure();
      step += 1;
      if (step === COMMANDS.length) {
        socket.end();
        resolve();
      } else socket.write(command);
    };
    const secure = (): void => {
      socket.off("data", onData);
      const options = { socket, secureContext, servername: SERVER_NAME, rejectUnauthorized: verify };
      socket = connectTls(options, () => {
        socket.write(COMMANDS[TLS_STEP + 1]?.[1] ?? "");
        step = TLS_STEP + 2;
      });
      socket.on("data", onData);
      socket.on("error", reject);
    };
    socket.on("data", onData);
    socket.on("error", reject);
  });
}

const methods = {
  run: async ({ port, ca, count, inFlight, verify = true }: Load): Promise<Cost> => {
    const context = createSecureContext(verify ? { ca } : {});
    let failures = 0;
    const [cpu, wall] = [ownCpuMs(), performance.now()];
    await keepInFlight(count, inFlight, () =>
      dialogue(port, context, verify).catch(() => {
        failures += 1;
      }),
    );
    return { cpuMs: ownCpuMs() - cpu, wallMs: performance.now() - wall, failures };
  },
};
export type BareMethods = typeof methods;

serveWorker(methods);
