import { describe, expect, it } from "vitest";
import { k6Arguments, type K6Command, k6Environment } from "./k6-command.ts";

const command: K6Command = {
  script: "/s.ts",
  parameters: { RATE: "5", SMTP_PASSWORD: "hush" },
  addresses: ["192.0.2.1"],
  id: "abcd1234",
};

describe("the environment of k6", () => {
  const own = {
    PATH: "/bin",
    HOME: "/root",
    AWS_SECRET_ACCESS_KEY: "mine",
    K6_VUS: "9",
    K6_OUT: "json",
    SIZE: "9MB",
    K6_PROMETHEUS_RW_PASSWORD: "mine",
  };

  it("holds the parameters, what a program needs, and nothing else of the user", () => {
    const { K6_BLACKLIST_IPS: blacklist = "", ...env } = k6Environment(command, own);
    expect(env).toEqual({
      PATH: "/bin",
      HOME: "/root",
      RATE: "5",
      SMTP_PASSWORD: "hush",
      K6_AUTO_EXTENSION_RESOLUTION: "false",
      K6_NO_USAGE_REPORT: "true",
    });
    expect(blacklist.split(",")).toContain("192.0.2.0/32");
    expect(blacklist.split(",")).not.toContain("192.0.2.1/32");
  });

  it("takes the log-in for the remote write where there is one", () => {
    expect(k6Environment({ ...command, prometheus: "http://p:9090" }, own)).toMatchObject({
      K6_PROMETHEUS_RW_SERVER_URL: "http://p:9090/api/v1/write",
      K6_PROMETHEUS_RW_PASSWORD: "mine",
    });
  });

  it("connects from where the relay says", () => {
    expect(k6Environment({ ...command, sourceAddress: "127.0.0.9" }, own).K6_LOCAL_IPS).toBe("127.0.0.9");
  });
});

describe("the arguments of k6", () => {
  it("hold no secret", () => {
    expect(k6Arguments(command).join(" ")).not.toContain("hush");
  });

  it.each([
    [0, 3, "0:1/3"],
    [1, 3, "1/3:2/3"],
    [2, 3, "2/3:1"],
  ])("give process %i of %i its part", (index, of, segment) => {
    const args = k6Arguments({ ...command, segment: { index, of } });
    expect(args).toContain(`--execution-segment=${segment}`);
    expect(args).toContain("--execution-segment-sequence=0,1/3,2/3,1");
    expect(args.at(-1)).toBe("/s.ts");
  });
});
