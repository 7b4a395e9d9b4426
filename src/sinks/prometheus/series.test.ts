import * as fc from "fast-check";
import * as prom from "prom-client";
import { describe, expect, it } from "vitest";
import { bucketsOf, Counter, Gauge, Histogram } from "./series.ts";

const NAMES = ["target", "cause"];
const labels = fc.record({
  target: fc.constantFrom("eu", "us", 'a "quoted\\" name\nof two lines'),
  cause: fc.string({ maxLength: 5 }),
});
const value = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0.005, 60, 61));

/** What the library writes, without its two lines of comment; it writes NaN in a way of its own. */
async function oracle(register: prom.Registry): Promise<string> {
  const [, , ...samples] = (await register.metrics()).split("\n");
  return samples.map((line) => line.replace(/ Nan$/, " NaN")).join("\n");
}

function options(register: prom.Registry) {
  return { name: "m", help: "h", labelNames: NAMES, registers: [register] };
}

describe("series are written as prom-client writes them", () => {
  it("of a counter", async () => {
    const steps = fc.array(fc.tuple(labels, fc.nat()), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const register = new prom.Registry();
        const [theirs, ours] = [new prom.Counter(options(register)), new Counter("m", NAMES)];
        for (const [of, by] of all) {
          theirs.inc(of, by);
          ours.inc(of, by);
        }
        expect(ours.lines()).toBe(await oracle(register));
      }),
    );
  });

  it("of a gauge, after series were removed", async () => {
    const steps = fc.array(fc.tuple(labels, fc.option(value)), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const register = new prom.Registry();
        const [theirs, ours] = [new prom.Gauge(options(register)), new Gauge("m", NAMES)];
        for (const [of, to] of all) {
          if (to === null) theirs.remove(of);
          else theirs.set(of, to);
          if (to === null) ours.remove(of);
          else ours.set(of, to);
        }
        expect(ours.lines()).toBe(await oracle(register));
      }),
    );
  });

  it("of a histogram", async () => {
    const bounds = [0.005, 0.5, 1, 60];
    const steps = fc.array(fc.tuple(labels, fc.double({ noNaN: true, noDefaultInfinity: true })), {
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const register = new prom.Registry();
        const theirs = new prom.Histogram({ ...options(register), buckets: bounds });
        const ours = new Histogram(bucketsOf("m", NAMES, bounds));
        for (const [of, seconds] of all) {
          theirs.observe(of, seconds);
          ours.labels(of).observe(seconds);
        }
        expect(ours.lines()).toBe(await oracle(register));
      }),
    );
  });
});

describe("a series", () => {
  it("is exposed from the moment it is asked for", () => {
    const counter = new Counter("m", ["target"]);
    expect(counter.lines()).toBe("");
    counter.labels({ target: "eu" });
    expect(counter.lines()).toBe('m{target="eu"} 0\n');
  });

  it("stands at zero until it is counted, and only once", () => {
    const counter = new Counter("m", NAMES);
    counter.expose({ target: "eu" }, ["server_down", 'q"']);
    expect(counter.lines()).toBe('m{target="eu",cause="server_down"} 0\nm{target="eu",cause="q\\""} 0\n');
    counter.inc({ target: "eu", cause: 'q"' });
    expect(counter.lines()).toBe('m{target="eu",cause="server_down"} 0\nm{target="eu",cause="q\\""} 1\n');
  });

  it.each([-1, Number.NaN])("of a counter does not take %s", (by) => {
    expect(() => new Counter("m", ["target"]).inc({ target: "eu" }, by)).toThrow(RangeError);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("of a histogram does not take %s", (value) => {
    const histogram = new Histogram(bucketsOf("m", ["target"], [1]));
    expect(() => histogram.labels({ target: "eu" }).observe(value)).toThrow(RangeError);
  });

  it("of a gauge goes with all others", () => {
    const gauge = new Gauge("m", ["target"]);
    gauge.set({ target: "eu" }, 1);
    gauge.reset();
    expect(gauge.lines()).toBe("");
  });
});
