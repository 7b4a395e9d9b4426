import { afterEach, describe, expect, it, vi } from "vitest";
import { recipients } from "./addresses.ts";
import * as params from "./params.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

function environment(values: Readonly<Record<string, string>>): void {
  vi.stubGlobal("__ENV", values);
}

describe("parameters from the environment", () => {
  it("are the defaults where nothing, or the empty text, is given", () => {
    environment({ RATE: "" });
    expect(params.count("RATE", 100)).toBe(100);
    expect(params.optionalCount("BATCH")).toBeUndefined();
    expect(params.seconds("DURATION", "30s")).toBe(30);
    expect(params.bytes("SIZE", "1KB")).toBe(1000);
    expect(params.list("SMTP_TO", "a@y.test")).toEqual(["a@y.test"]);
  });

  it.each([
    ["30s", 30],
    ["500ms", 0.5],
    ["1m30s", 90],
    ["1.5h", 5400],
  ])("take the duration %s as %d seconds", (given, seconds) => {
    environment({ DURATION: given });
    expect(params.seconds("DURATION", "1s")).toBeCloseTo(seconds, 9);
  });

  it.each([
    ["300", 300],
    ["1KB", 1000],
    ["64KiB", 65_536],
    ["1.5MB", 1_500_000],
  ])("take the size %s as %d bytes", (given, bytes) => {
    environment({ SIZE: given });
    expect(params.bytes("SIZE", "1KB")).toBe(bytes);
  });

  it.each<readonly [string, string, () => unknown, string]>([
    ["RATE", "ten", () => params.count("RATE", 100), "a whole number of at least 1 is wanted, such as 100"],
    ["RATE", "-1", () => params.count("RATE", 100), "a whole number of at least 1 is wanted, such as 100"],
    ["RATE", "0x10", () => params.count("RATE", 100), "a whole number of at least 1 is wanted, such as 100"],
    ["SMTP_PORT", "70000", () => params.optionalCount("SMTP_PORT", { max: 65_535 }, 25), "from 1 to 65535"],
    ["ERRORS", "1%", () => params.share("ERRORS", 0.01), "a number from 0 to 1 is wanted, such as 0.01"],
    ["ERRORS", "2", () => params.share("ERRORS", 0.01), "a number from 0 to 1 is wanted, such as 0.01"],
    ["DURATION", "30", () => params.seconds("DURATION", "30s"), "a duration is wanted, such as 30s"],
    ["DURATION", "0s", () => params.seconds("DURATION", "30s"), "a duration above zero is wanted"],
    ["SIZE", "1 KB", () => params.bytes("SIZE", "1KB"), "a size is wanted, such as 1KB"],
    ["SIZE", "0", () => params.bytes("SIZE", "1KB"), "a size is wanted, such as 1KB"],
    ["SIZES", "1KB,,2KB", () => params.sizes("SIZES", "1KB"), "a list without empty entries"],
    [
      "SIZES",
      "1KB,big",
      () => params.sizes("SIZES", "1KB,1MB"),
      "a list of sizes is wanted, such as 1KB,1MB",
    ],
    ["COUNTS", "1,x", () => params.counts("COUNTS", "1,10", { min: 1, max: 9 }), "whole numbers from 1 to 9"],
    [
      "SMTP_TLS",
      "yes",
      () => params.choice("SMTP_TLS", ["none", "starttls"], "none"),
      "one of none, starttls",
    ],
    ["SEND", "true", () => params.flag("SEND", "yes"), "one of yes, no is wanted, such as yes"],
    ["SMTP_TO", "nobody", () => recipients(1), "a list of addresses is wanted, such as sink@mailgauge.test"],
  ])("throw by name at %s=%s", (name, given, read, message) => {
    environment({ [name]: given });
    expect(read).toThrow(message);
    expect(read).toThrow(new RegExp(`^${name}: .* got "${given}"$`));
  });
});

describe("recipients", () => {
  it("are those of SMTP_TO in turn, never one twice", () => {
    environment({ SMTP_TO: "a@y.test, b@y.test,c@z.test" });
    expect(recipients(1)).toEqual(["a@y.test"]);
    expect(recipients(2, 2)).toEqual(["c@z.test", "a@y.test"]);
    expect(recipients(1, 7)).toEqual(["b@y.test"]);
  });

  it("are made up in the domain of the first where more are asked for", () => {
    environment({ SMTP_TO: "a@y.test,b@z.test" });
    expect(recipients(4)).toEqual(["a@y.test", "b@z.test", "load-2@y.test", "load-3@y.test"]);
    expect(new Set(recipients(1000)).size).toBe(1000);
  });
});
