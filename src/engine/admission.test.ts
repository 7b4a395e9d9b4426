import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Admission, type Limits, type Ticket } from "./admission.ts";

/** An admission with a record of who runs. */
class Gate {
  readonly admission: Admission;
  readonly running: Ticket[] = [];
  readonly started: string[] = [];
  readonly tickets = new Map<string, Ticket>();

  constructor(limits: Partial<Limits> = {}) {
    this.admission = new Admission({ concurrency: 100, perDestination: 1, ...limits });
  }

  ask(name: string, ...keys: string[]): void {
    const ticket = this.admission.request(keys, (granted) => {
      this.running.push(granted);
      this.started.push(name);
    });
    this.tickets.set(name, ticket);
  }

  end(...names: string[]): void {
    const tickets = names.flatMap((name) => this.tickets.get(name) ?? []);
    for (const ticket of tickets) {
      const index = this.running.indexOf(ticket);
      if (index >= 0) this.running.splice(index, 1);
    }
    this.admission.release(tickets);
  }
}

describe("who may run", () => {
  it("all at once while there is room, then first come, first served", () => {
    const gate = new Gate({ concurrency: 2 });
    for (const name of ["a", "b", "c", "d"]) gate.ask(name);
    expect(gate.started).toEqual(["a", "b"]);
    gate.end("b");
    gate.end("a");
    expect(gate.started).toEqual(["a", "b", "c", "d"]);
  });

  it("nobody past a full destination, and others past those who wait for it", () => {
    const gate = new Gate();
    gate.ask("a", "x");
    gate.ask("b", "x");
    gate.ask("c", "y");
    expect(gate.started).toEqual(["a", "c"]);
    gate.end("a");
    expect(gate.started).toEqual(["a", "c", "b"]);
  });

  it("who finds another destination full does not keep the place at the first from the next", () => {
    const gate = new Gate();
    gate.ask("a", "x");
    gate.ask("b", "y");
    gate.ask("both", "x", "y");
    gate.ask("c", "x");
    gate.end("a");
    expect(gate.started).toEqual(["a", "b", "c"]);
    gate.end("c");
    gate.end("b");
    expect(gate.started).toEqual(["a", "b", "c", "both"]);
  });

  it("not who has left the queue", () => {
    const gate = new Gate({ concurrency: 1 });
    gate.ask("a", "x");
    gate.ask("ready", "y");
    gate.ask("parked", "x");
    gate.ask("behind", "y");
    gate.end("ready", "parked");
    gate.end("a");
    expect(gate.started).toEqual(["a", "behind"]);
  });

  it("who gives back twice frees one place", () => {
    const gate = new Gate({ concurrency: 1 });
    for (const name of ["a", "b", "c"]) gate.ask(name);
    gate.end("a");
    gate.end("a");
    expect(gate.started).toEqual(["a", "b"]);
  });

  it("more when the limits are raised, fewer as runs end when they are lowered", () => {
    const gate = new Gate({ concurrency: 2, perDestination: 1 });
    for (const name of ["a", "b", "c", "d"]) gate.ask(name, "x");
    expect(gate.started).toEqual(["a"]);
    gate.admission.setLimits({ concurrency: 3, perDestination: 3 });
    expect(gate.started).toEqual(["a", "b", "c"]);
    gate.admission.setLimits({ concurrency: 1, perDestination: 1 });
    gate.end("a");
    gate.end("b");
    expect(gate.started).toEqual(["a", "b", "c"]);
    gate.end("c");
    expect(gate.started).toEqual(["a", "b", "c", "d"]);
  });

  it.each([{ concurrency: 0 }, { perDestination: 0 }, { concurrency: 1.5 }, { perDestination: Number.NaN }])(
    "not with limits of %j",
    (limits) => {
      expect(() => new Gate(limits)).toThrow(/must be at least 1$/);
    },
  );
});

const keySets = fc.uniqueArray(fc.constantFrom("u", "v", "w", "x"), { maxLength: 2 });
const steps = fc.array(fc.oneof(keySets, fc.nat({ max: 30 })), { maxLength: 120 });
const limitSets = fc.record({
  concurrency: fc.integer({ min: 1, max: 5 }),
  perDestination: fc.integer({ min: 1, max: 3 }),
});

describe("whatever the order of coming and going", () => {
  it("no limit is passed, nobody waits without a reason, and all get their turn", () => {
    fc.assert(
      fc.property(limitSets, steps, (limits, sequence) => {
        const gate = new Gate(limits);
        const check = (): void => {
          expect(gate.running.length).toBeLessThanOrEqual(limits.concurrency);
          const taken = (key: string): number => gate.running.filter(({ keys }) => keys.includes(key)).length;
          for (const key of ["u", "v", "w", "x"])
            expect(taken(key)).toBeLessThanOrEqual(limits.perDestination);
          const waiting = [...gate.tickets.values()].filter(
            ({ state }) => state === "parked" || state === "ready",
          );
          if (gate.running.length < limits.concurrency) {
            for (const { keys } of waiting) {
              expect(keys.some((key) => taken(key) >= limits.perDestination)).toBe(true);
            }
          }
        };
        for (const [index, step] of sequence.entries()) {
          if (typeof step === "number") gate.end(`${step}`);
          else gate.ask(`${index}`, ...step);
          check();
        }
        const gone = [...gate.tickets].filter(([, { state }]) => state === "gone").map(([name]) => name);
        while (gate.running.length > 0) {
          const first = [...gate.tickets].find(([, ticket]) => ticket === gate.running[0]);
          gate.end(first?.[0] ?? "");
          check();
        }
        expect(new Set([...gate.started, ...gone])).toEqual(new Set(gate.tickets.keys()));
      }),
    );
  });
});
