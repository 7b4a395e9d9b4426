import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** What a process of the benchmark does when it is asked, by name. */
export type Methods = Readonly<Record<string, (input: never) => unknown>>;

interface Question {
  readonly id: number;
  readonly method: string;
  readonly input: unknown;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

interface Waiter {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The other side of `serveWorker`: a process of its own, so that its CPU and its memory can be told apart. */
export class Worker<M extends Methods> {
  readonly #child: ChildProcess;
  readonly #waiters = new Map<number, Waiter>();
  #next = 0;

  constructor(file: URL) {
    this.#child = fork(file, { serialization: "advanced" });
    this.#child.on("message", (answer) => this.#settle(answer as Answer));
    this.#child.on("exit", (code, signal) => {
      const error = new Error(`${file.pathname} ended with ${signal ?? code}`);
      for (const { reject } of this.#waiters.values()) reject(error);
      this.#waiters.clear();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  call<Name extends keyof M & string>(
    method: Name,
    input: Parameters<M[Name]>[0],
  ): Promise<Awaited<ReturnType<M[Name]>>> {
    this.#next += 1;
    const question: Question = { id: this.#next, method, input };
    return new Promise((resolve, reject) => {
      this.#waiters.set(question.id, { resolve: (result) => resolve(result as never), reject });
      this.#child.send(question);
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }

  #settle({ id, result, error }: Answer): void {
    const waiter = this.#waiters.get(id);
    this.#waiters.delete(id);
    if (error === undefined) waiter?.resolve(result);
    else waiter?.reject(new Error(error));
  }
}

/** Makes this process answer the questions of the one that started it, and end with it. */
export function serveWorker(methods: Methods): void {
  const table = methods as Readonly<Record<string, (input: unknown) => unknown>>;
  process.on("message", (question) => void answer(table, question as Question));
  process.on("disconnect", () => process.exit());
}

async function answer(
  methods: Readonly<Record<string, (input: unknown) => unknown>>,
  { id, method, input }: Question,
): Promise<void> {
  const send = (answer: Answer): void => void process.send?.(answer);
  try {
    send({ id, result: await methods[method]?.(input) });
  } catch (error) {
    send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
