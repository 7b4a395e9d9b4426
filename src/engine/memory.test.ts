import { describe, expect, it } from "vitest";
import { createMemories } from "./memory.ts";

const eu = { id: "mx/domain/eu" };
const us = { id: "mx/domain/us" };

describe("what probes remember in the process", () => {
  it("is kept by job and key", () => {
    const memoryFor = createMemories();
    memoryFor(eu).remember("set", ["10 mx1"]);
    memoryFor(us).remember("set", ["20 mx2"]);
    expect(memoryFor(eu).recall("set")).toEqual(["10 mx1"]);
    expect(memoryFor(us).recall("set")).toEqual(["20 mx2"]);
    expect(memoryFor(eu).recall("other")).toBeUndefined();
  });

  it("cannot be changed from outside", () => {
    const memory = createMemories()(eu);
    const set = ["10 mx1"];
    memory.remember("set", set);
    set.push("20 evil");
    (memory.recall("set") as string[]).push("30 evil");
    expect(memory.recall("set")).toEqual(["10 mx1"]);
  });

  it("is forgotten by remembering nothing", () => {
    const memory = createMemories()(eu);
    memory.remember("set", 1);
    memory.remember("set", undefined);
    expect(memory.recall("set")).toBeUndefined();
  });

  it("has a bound for keys: the one written longest ago goes first", () => {
    const memory = createMemories({ jobs: 9, keysPerJob: 2, valueChars: 99 })(eu);
    for (const key of ["a", "b", "a", "c"]) memory.remember(key, key);
    expect(["a", "b", "c"].map((key) => memory.recall(key))).toEqual(["a", undefined, "c"]);
  });

  it("has a bound for jobs: the one that wrote longest ago goes first", () => {
    const memoryFor = createMemories({ jobs: 2, keysPerJob: 9, valueChars: 99 });
    for (const id of ["a", "b", "a", "c"]) memoryFor({ id }).remember("key", id);
    expect(["a", "b", "c"].map((id) => memoryFor({ id }).recall("key"))).toEqual(["a", undefined, "c"]);
  });

  it("has a bound for values", () => {
    const memory = createMemories({ jobs: 9, keysPerJob: 9, valueChars: 10 })(eu);
    expect(() => memory.remember("set", "x".repeat(20))).toThrow('"set" is too large to remember');
  });
});
