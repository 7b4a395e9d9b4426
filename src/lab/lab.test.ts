import { describe, expect, it, onTestFinished } from "vitest";
import { WireClient } from "../../test/support/wire-client.ts";
import { resolver } from "../../test/support/resolver.ts";
import { FAULTS } from "./faults.ts";
import { type Lab, type LabOptions, startLab } from "./lab.ts";

async function lab(options?: LabOptions): Promise<Lab> {
  const started = await startLab(options);
  onTestFinished(() => started.stop());
  return started;
}

async function greeting(port: number): Promise<string> {
  const client = await WireClient.open(port);
  onTestFinished(() => client.destroy());
  return client.reply();
}

describe("startLab", () => {
  it("leaves nothing behind when it stops, whatever its clients do", async () => {
    const before = process.getActiveResourcesInfo().sort();
    const started = await startLab({ relays: ["eu", "us"], faults: ["slow"] });
    await started.set("silence", true, { relay: "us" });
    await started.set("dns_slow", true, { delayMs: 600_000 });
    const clients = [];
    for (const { ports } of Object.values(started.relays)) {
      for (const port of Object.values(ports)) clients.push(await WireClient.open(port));
    }
    await Promise.all([started.stop(), started.stop()]);
    await Promise.all(clients.map((client) => client.end()));
    await started.stop();
    expect(process.getActiveResourcesInfo().sort()).toEqual(before);
  });

  it("answers under the names that its DNS knows", async () => {
    const { dns, relays, ca } = await lab({ relays: ["eu", "us"] });
    const { resolve } = resolver([{ address: dns.server }]);
    expect(Object.values(relays).map((relay) => relay.host)).toEqual(["eu.lab.test", "us.lab.test"]);
    expect(await resolve("us.lab.test", "A")).toMatchObject({
      status: "ok",
      records: [{ data: "127.0.0.1" }],
    });
    expect(await resolve("lab.test", "MX")).toMatchObject({
      records: [{ data: { exchange: "mx.lab.test" } }],
    });
    expect(ca).toMatch(/^-----BEGIN CERTIFICATE-----/);
  });

  it("listens on both families when asked", async () => {
    const { dns, ports } = await lab({ ipv6: true });
    const { resolve } = resolver([{ address: dns.server }]);
    expect(await resolve("relay.lab.test", "AAAA")).toMatchObject({ records: [{ data: "::1" }] });
    const client = await WireClient.open(ports.smtp, "::1");
    onTestFinished(() => client.destroy());
    expect(await client.reply()).toMatch(/^220 /);
  });

  it("switches a fault on one relay, on the receiver, or everywhere", async () => {
    const { relays, ports, set, reset } = await lab({ relays: ["eu", "us"] });
    const greetings = async (): Promise<string[]> => {
      const all = [relays.eu?.ports.smtp ?? 0, relays.us?.ports.smtp ?? 0, ports.mx];
      return (await Promise.all(all.map(greeting))).map((reply) => reply.slice(0, 3));
    };
    await set("server_busy", true, { relay: "eu" });
    expect(await greetings()).toEqual(["421", "220", "220"]);
    await set("server_busy", true, { relay: "mx" });
    expect(await greetings()).toEqual(["421", "220", "421"]);
    await set("server_busy", true);
    expect(await greetings()).toEqual(["421", "421", "421"]);
    await set("server_busy", false, { relay: "us" });
    expect(await greetings()).toEqual(["421", "220", "421"]);
    await reset();
    expect(await greetings()).toEqual(["220", "220", "220"]);
  });

  it("breaks the DNS of one relay, of the domain, or all of it", async () => {
    const { dns, set } = await lab({ relays: ["eu", "us"] });
    const { resolve } = resolver([{ address: dns.server }]);
    const names = ["eu.lab.test", "us.lab.test", "mx.lab.test", "2.0.0.127.bl.lab.test"];
    const statuses = (): Promise<string[]> =>
      Promise.all(names.map(async (name) => (await resolve(name, "A")).status));
    await set("dns_servfail", true, { relay: "eu" });
    expect(await statuses()).toEqual(["servfail", "ok", "ok", "ok"]);
    await set("dns_servfail", true);
    expect(await statuses()).toEqual(["servfail", "servfail", "servfail", "servfail"]);
  });

  it.each<[string, string, unknown]>([
    ["mx_null_mx", "lab.test", [{ preference: 0, exchange: "" }]],
    ["mx_cname", "lab.test", [{ preference: 10, exchange: "alias.lab.test" }]],
    ["mx_ip_literal", "lab.test", [{ preference: 10, exchange: "127.0.0.1" }]],
    ["mx_no_address", "lab.test", [{ preference: 10, exchange: "addressless.lab.test" }]],
    ["mx_gone", "lab.test", "nodata"],
  ])("%s changes the MX set", async (id, name, expected) => {
    const { dns, set } = await lab();
    await set(id, true);
    const result = await resolver([{ address: dns.server }]).resolve(name, "MX");
    expect(result.status === "ok" ? result.records.map((record) => record.data) : result.status).toEqual(
      expected,
    );
  });

  it("lists its faults with their state", async () => {
    const { faults, set } = await lab({ relays: ["eu", "us"], faults: ["greylist"] });
    await set("slow", true, { relay: "us", phase: "rcpt", delayMs: 7 });
    await set("blocklist_dead", true, { relay: "us" });
    const on = faults().filter((fault) => fault.on);
    expect(faults()).toHaveLength(FAULTS.length);
    expect(on.map(({ id, relays, options }) => [id, relays, options])).toEqual([
      ["slow", ["us"], { phase: "rcpt", delayMs: 7 }],
      ["greylist", ["eu", "us", "mx"], {}],
      ["blocklist_dead", ["eu", "us", "mx"], {}], // a list belongs to no relay
    ]);
  });

  it.each<[string, Parameters<Lab["set"]>, string]>([
    ["fault", ["frob", true], 'the lab has no fault "frob"'],
    ["relay", ["slow", true, { relay: "mars" }], 'the lab has no relay "mars"'],
    ["option", ["refuse", true, { phase: "rcpt" }], 'the fault "refuse" takes no option "phase"'],
    ["phase", ["slow", true, { phase: "lunch" as "rcpt" }], '"lunch" is no phase of a fault'],
    ["text", ["defer", true, { text: "hello" }], "the text of a fault begins with a reply code, such as 451"],
    ["delay", ["slow", true, { delayMs: -1 }], "a delay is between 0 and 600000 milliseconds"],
  ])("rejects an unknown or bad %s", async (_, args, message) => {
    const { set, faults } = await lab();
    await expect(set(...args)).rejects.toThrow(message);
    expect(faults().filter((fault) => fault.on)).toEqual([]);
  });

  it("says the same things under the same seed", async () => {
    const [one, two, other] = await Promise.all([lab({ seed: 5 }), lab({ seed: 5 }), lab({ seed: 6 })]);
    expect(one.users).toEqual(two.users);
    expect(one.users).not.toEqual(other.users);
  });

  it.each(["mx", "a.b", "", "UP"])("takes no relay named %j", async (name) => {
    await expect(startLab({ relays: [name] })).rejects.toThrow("cannot name a relay");
  });

  it("describes its subjects", async () => {
    const { subject, ports, users, addresses, ca } = await lab();
    expect(subject("submission")).toMatchObject({
      kind: "relay",
      scheme: "submission",
      host: "relay.lab.test",
      port: ports.submission,
      tls: { ca },
      auth: { username: users[0]?.username },
    });
    expect(subject("smtp_clear")).toMatchObject({ port: ports.smtp, tls: { starttls: "never" } });
    expect(subject("smtp")).not.toHaveProperty("auth");
    expect(subject("domain")).toMatchObject({ kind: "domain", domain: "lab.test", port: ports.mx });
    expect(subject("address")).toMatchObject({ kind: "address", address: addresses.watched });
    expect(JSON.stringify(subject("submission_token"))).not.toContain(users[0]?.accessToken);
    expect(() => subject("smtp", "mars")).toThrow('the lab has no relay "mars"');
  });
});
