import type { SmtpServerMethods } from "../workers/smtp-server-worker.ts";
import { type BenchCertificate, makeBenchCertificate } from "./certificate.ts";
import { type Methods, Worker } from "./worker.ts";

/** What must be stopped when a benchmark is over. */
export class Cast {
  readonly #stops: (() => Promise<void>)[] = [];

  worker<M extends Methods>(file: URL): Worker<M> {
    const worker = new Worker<M>(file);
    this.onStop(() => worker.stop());
    return worker;
  }

  onStop(stop: () => Promise<void>): void {
    this.#stops.push(stop);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#stops.splice(0).map((stop) => stop()));
  }
}

/** The SMTP server of the benchmarks, and whatever else takes part in one. */
export interface Stage extends Cast {
  readonly certificate: BenchCertificate;
  readonly server: Worker<SmtpServerMethods>;
  readonly port: number;
}

/** Runs `act` with a server that listens, and stops everything afterwards. */
export function onStage<T>(act: (stage: Stage) => Promise<T>): Promise<T> {
  return withCast(async (cast) => {
    const certificate = makeBenchCertificate();
    const server = cast.worker<SmtpServerMethods>(
      new URL("../workers/smtp-server-worker.ts", import.meta.url),
    );
    const port = await server.call("start", certificate);
    return act(Object.assign(cast, { certificate, server, port }));
  });
}

/** Runs `act` without a server, and stops everything that it began. */
export async function withCast<T>(act: (cast: Cast) => Promise<T>): Promise<T> {
  const cast = new Cast();
  try {
    return await act(cast);
  } finally {
    await cast.stop();
  }
}
