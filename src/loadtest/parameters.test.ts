import { describe, expect, it } from "vitest";
import { Secret } from "../model/secret.ts";
import type { Relay } from "../model/subject.ts";
import { publicParameters, relayParameters } from "./parameters.ts";

const relay: Relay = {
  kind: "relay",
  name: "eu",
  labels: {},
  scheme: "smtp",
  host: "relay.example.com",
  port: 25,
  helo: "probe.test",
  from: "",
  to: [],
  tls: {},
};

describe("relayParameters", () => {
  it.each<[Partial<Relay>, Record<string, string>]>([
    [{}, { SMTP_TLS: "opportunistic", SMTP_PROTOCOL: "smtp" }],
    [{ tls: { starttls: "never" } }, { SMTP_TLS: "none" }],
    [{ scheme: "submission" }, { SMTP_TLS: "starttls" }],
    [{ scheme: "submissions" }, { SMTP_TLS: "implicit" }],
    [{ scheme: "lmtp" }, { SMTP_TLS: "none", SMTP_PROTOCOL: "lmtp" }],
    [{ scheme: "lmtp", tls: { starttls: "required" } }, { SMTP_TLS: "starttls" }],
    [{ tls: { minVersion: "TLSv1" } }, { SMTP_TLS_MIN: "1.0" }],
    [{ tls: { minVersion: "TLSv1.3", verify: false } }, { SMTP_TLS_MIN: "1.3", SMTP_INSECURE: "yes" }],
    [{ tls: { serverName: "mx.example.com" } }, { SMTP_SERVER_NAME: "mx.example.com" }],
    [
      { from: "a@load.test", to: ["b@load.test", "c@load.test"] },
      { SMTP_FROM: "a@load.test", SMTP_TO: "b@load.test,c@load.test" },
    ],
    [
      { auth: { username: "u", password: new Secret("p"), mechanism: "PLAIN", allowCleartext: true } },
      { SMTP_USERNAME: "u", SMTP_PASSWORD: "p", SMTP_AUTH_MECH: "PLAIN", SMTP_AUTH_CLEARTEXT: "yes" },
    ],
  ])("%o", (changes, parameters) => {
    expect(relayParameters({ ...relay, ...changes }, "192.0.2.1")).toMatchObject({
      SMTP_HOST: "192.0.2.1",
      SMTP_SERVER_NAME: "relay.example.com",
      ...parameters,
    });
  });

  it("sets nothing that the relay does not say", () => {
    expect(Object.keys(relayParameters(relay, "192.0.2.1"))).toEqual([
      "SMTP_HOST",
      "SMTP_PORT",
      "SMTP_PROTOCOL",
      "SMTP_TLS",
      "SMTP_SERVER_NAME",
      "SMTP_EHLO",
    ]);
  });
});

describe("publicParameters", () => {
  it("leaves out secrets, addresses of people, and the target", () => {
    const given = {
      RATE: "5",
      SMTP_TLS_SESSION: "resume",
      SMTP_PASSWORD: "x",
      SMTP_KEY: "x",
      SMTP_TO: "x",
      SMTP_HOST: "x",
      API_TOKEN: "x",
      MY_SECRET: "x",
      SIGNING_KEY: "x",
      BOSS: "a@b.test",
      SMTP_KEY_EXCHANGE: "classic",
    };
    expect(publicParameters(given)).toEqual({
      RATE: "5",
      SMTP_KEY_EXCHANGE: "classic",
      SMTP_TLS_SESSION: "resume",
    });
  });
});
