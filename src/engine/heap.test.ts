import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fifo } from "./fifo.ts";
import { MinHeap } from "./heap.ts";

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const numbers = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 });

function drained<T>(heap: MinHeap<T>): T[] {
  const items: T[] = [];
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) items.push(item);
  return items;
}

describe("the heap", () => {
  it("gives its items in the order of their keys, whether given at once or one by one", () => {
    fc.assert(
      fc.property(numbers, numbers, (atOnce, oneByOne) => {
        const heap = new MinHeap<number>((key) => key, atOnce);
        for (const key of oneByOne) heap.push(key);
        expect(heap.size).toBe(atOnce.length + oneByOne.length);
        expect(drained(heap)).toEqual(ascending([...atOnce, ...oneByOne]));
      }),
    );
  });

  it("finds the right place for a top that grew", () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 60 }), (keys, growth) => {
        const items = keys.map((key) => ({ key }));
        const heap = new MinHeap<{ key: number }>(({ key }) => key, items);
        const top = heap.peek();
        if (top !== undefined) top.key += growth;
        heap.topGrew();
        expect(drained(heap).map(({ key }) => key)).toEqual(ascending(items.map(({ key }) => key)));
      }),
    );
  });
});

describe("the queue", () => {
  it("does what an array does", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer()), { maxLength: 300 }), (steps) => {
        const queue = new Fifo<number>();
        const array: number[] = [];
        for (const step of steps) {
          if (step === null) expect(queue.shift()).toBe(array.shift());
          else {
            queue.push(step);
            array.push(step);
          }
          expect(queue.size).toBe(array.length);
        }
        while (array.length > 0) expect(queue.shift()).toBe(array.shift());
      }),
    );
  });

  it("keeps its order over many times its own length", () => {
    const queue = new Fifo<number>();
    const out: (number | undefined)[] = [];
    for (let index = 0; index < 1000; index += 1) {
      queue.push(index);
      if (index >= 40) out.push(queue.shift());
    }
    expect(out).toEqual(Array.from({ length: 960 }, (_, index) => index));
  });
});
