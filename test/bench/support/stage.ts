import type { SmtpServerMethods } from "../workers/smtp-server-worker.ts";
import { type BenchCertificate, makeBenchCertificate } from "./certificate.ts";
import { type Methods, Worker } from "./worker.ts";

/** The server of the benchmarks, and whatever else must be stopped when one is over. */
export class Stage {
  readonly certificate: BenchCertificate = makeBenchCertificate();
  readonly server: Worker<SmtpServerMethods>;
  port = 0;
  readonly #stops: (() => Promise<void>)[] = [];

  constructor() {
    this.server = this.worker<SmtpServerMethods>(
      new URL("../workers/smtp-server-worker.ts", import.meta.url),
    );
  }

  worker<M extends Methods>(file: URL, nodeArguments?: readonly string[]): Worker<M> {
    const worker = new Worker<M>(file, nodeArguments);
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

/** Runs `act` with a server that listens, and stops everything afterwards. */
export async function onStage<T>(act: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = new Stage();
  try {
    stage.port = await stage.server.call("start", stage.certificate);
    return await act(stage);
  } finally {
    await stage.stop();
  }
}
