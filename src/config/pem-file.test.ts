import { describe, expect, it } from "vitest";
import type { Outside } from "./outside.ts";
import { readPem } from "./pem-file.ts";
import { say } from "./say.ts";

const sound = (): undefined => undefined;
const unsound = (): string => say("holds no certificate", "name another");

function outsideOf(files: Readonly<Record<string, string>>): { outside: Outside; reads: string[] } {
  const reads: string[] = [];
  const readFile = (path: string): string => {
    reads.push(path);
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error("no file"), { code: "ENOENT" });
    return text;
  };
  return { outside: { env: {}, readFile, folder: "/etc" }, reads };
}

describe("a PEM file", () => {
  it("is read once, however many name it", () => {
    const { outside, reads } = outsideOf({ "/etc/ca.pem": "pem" });
    for (let relay = 0; relay < 3; relay += 1) {
      expect(readPem(outside, "ca.pem", sound)).toEqual({ text: "pem" });
    }
    expect(reads).toEqual(["/etc/ca.pem"]);
  });

  it("is read again for the next configuration", () => {
    expect(readPem(outsideOf({ "/etc/ca.pem": "old" }).outside, "ca.pem", sound)).toEqual({ text: "old" });
    expect(readPem(outsideOf({ "/etc/ca.pem": "new" }).outside, "ca.pem", sound)).toEqual({ text: "new" });
  });

  it("is examined for each purpose, and the complaint names it", () => {
    const { outside } = outsideOf({ "/etc/ca.pem": "pem" });
    const complaint = { message: "ca.pem holds no certificate", remedy: "name another" };
    expect(readPem(outside, "ca.pem", sound)).toEqual({ text: "pem" });
    expect(readPem(outside, "ca.pem", unsound)).toEqual(complaint);
  });

  it("that is not there is complained of", () => {
    const answer = readPem(outsideOf({}).outside, "ca.pem", sound);
    expect(answer).toMatchObject({ message: "ca.pem cannot be read: there is no such file" });
  });
});
