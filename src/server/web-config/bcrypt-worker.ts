import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";

/** Comparisons that may wait; more than this is an attack, and each costs a tenth of a second. */
const MAX_WAITING = 16;

/**
 * Text and not a file, so that the same code runs from source and from the built package. The library is pure
 * JavaScript: on the main thread it would hold up the event loop, and with it what the probes measure.
 */
const WORKER = `
const { parentPort, workerData } = require("node:worker_threads");
const { compareSync } = require(workerData);
parentPort.on("message", ({ id, password, hash }) => {
  let same = false;
  try { same = compareSync(password, hash); } catch {}
  parentPort.postMessage({ id, same });
});
`;

export class BusyError extends Error {
  constructor() {
    super("Too many passwords are being checked");
    this.name = "BusyError";
  }
}

/** Compares passwords with bcrypt hashes, one after the other, on a thread that starts with the first of them. */
export class BcryptWorker {
  #worker: Worker | undefined;
  #nextId = 0;
  readonly #waiting = new Map<number, { resolve: (same: boolean) => void; reject: (error: Error) => void }>();

  /** Rejects with `BusyError` when too many wait. */
  compare(password: string, hash: string): Promise<boolean> {
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(new BusyError());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#start().postMessage({ id, password, hash }, []);
    });
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#fail(new Error("The password check has stopped"));
    await worker?.terminate();
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const library = createRequire(import.meta.url).resolve("bcryptjs");
    const worker = new Worker(WORKER, { eval: true, workerData: library });
    worker.unref();
    worker.on("message", ({ id, same }: { id: number; same: boolean }) => {
      this.#waiting.get(id)?.resolve(same);
      this.#waiting.delete(id);
    });
    worker.on("error", (error) => this.#fail(error));
    this.#worker = worker;
    return worker;
  }

  /** The next comparison starts a new thread. */
  #fail(error: Error): void {
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
