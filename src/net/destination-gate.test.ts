import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";

import { DestinationGate } from "./destination-gate.ts";

const open = (): AbortSignal => new AbortController().signal;

describe("DestinationGate", () => {
  it("lets in so many to one address, and the others in the order in which they came", async () => {
    const gate = new DestinationGate({ perAddress: 2, perOperator: 10 });
    const order: number[] = [];
    const enter = async (n: number): Promise<() => void> => {
      const leave = await gate.enter("mx.y.test", "192.0.2.1", open());
      order.push(n);
      return leave;
    };
    const places = [1, 2, 3, 4].map(enter);
    const [first, second, third] = places;
    expect(gate.isOpen("mx.y.test", "192.0.2.1")).toBe(false);
    expect(gate.isOpen("mx.y.test", "192.0.2.2")).toBe(true);
    (await second)?.();
    await third;
    expect(order).toEqual([1, 2, 3]);
    (await first)?.();
    (await first)?.(); // leaving twice frees one place
    await places[3];
    expect(order).toEqual([1, 2, 3, 4]);
    expect(gate.isOpen("mx.y.test", "192.0.2.1")).toBe(false);
  });

  it.each([
    ["mx1.mail.example.com", "mx2.EXAMPLE.com.", true],
    ["mx1.example.com", "mx1.example.net", false],
    ["192.0.2.1", "192.0.2.2", false], // an address has no operator to go by
    ["localhost", "localhost", true],
  ])("counts %s and %s together: %s", async (one, two, together) => {
    const gate = new DestinationGate({ perAddress: 1, perOperator: 1 });
    await gate.enter(one, "192.0.2.1", open());
    expect(gate.isOpen(two, "192.0.2.2")).toBe(!together);
  });

  it.each(["127.0.0.1", "127.9.9.9", "::1"])("lets all in to %s", async (address) => {
    const gate = new DestinationGate({ perAddress: 1, perOperator: 1 });
    await gate.enter("mx.test", address, open());
    expect(gate.isOpen("mx.test", address)).toBe(true);
  });

  it("gives up with the signal, and takes no place then", async () => {
    const gate = new DestinationGate({ perAddress: 1, perOperator: 1 });
    const leave = await gate.enter("mx.y.test", "192.0.2.1", open());
    const controller = new AbortController();
    const waiting = gate.enter("mx.y.test", "192.0.2.1", controller.signal);
    const elsewhere = gate.enter("mx.y.test", "192.0.2.2", controller.signal);
    controller.abort();
    for (const entering of [waiting, elsewhere, gate.enter("mx.y.test", "192.0.2.1", controller.signal)]) {
      await expect(entering).rejects.toMatchObject({
        fault: { code: "aborted", message: "waited for a free slot to mx.y.test" },
      });
    }
    leave();
    expect(gate.isOpen("mx.y.test", "192.0.2.1")).toBe(true);
    expect(gate.isOpen("mx.y.test", "192.0.2.2")).toBe(true);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });
});
