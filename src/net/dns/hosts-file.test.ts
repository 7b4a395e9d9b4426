import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { HOSTS_TEXT_MAX } from "../../standards/dns/hosts.ts";
import { a, resolver, serve } from "../../../test/support/resolver.ts";
import { openHostsFile } from "./hosts-file.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "mailgauge-hosts-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** A hosts file, and a clock that goes on when told. */
function opened(text: string | undefined) {
  const path = join(folder(), "hosts");
  let ms = 0;
  let writes = 0;
  const write = (next: string): void => {
    writeFileSync(path, next);
    // File systems keep time coarsely: two writes of a test could share one moment.
    utimesSync(path, 1_000_000 + writes, 1_000_000 + writes);
    writes += 1;
  };
  if (text !== undefined) write(text);
  const hosts = openHostsFile(path, { now: () => ms, monotonic: () => ms });
  const names = (): string[] => [...hosts().keys()];
  return { path, write, names, pass: (seconds: number) => (ms += seconds * 1000) };
}

describe("the hosts file of the machine", () => {
  it("is read again when it has changed, but looked at every few seconds only", () => {
    const { write, names, pass } = opened("192.0.2.1 one");
    expect(names()).toEqual(["one"]);
    write("192.0.2.2 two");
    pass(4);
    expect(names()).toEqual(["one"]);
    pass(1);
    expect(names()).toEqual(["two"]);
  });

  it("may come and go", () => {
    const { path, write, names, pass } = opened(undefined);
    expect(names()).toEqual([]);
    write("192.0.2.1 one");
    pass(5);
    expect(names()).toEqual(["one"]);
    rmSync(path);
    pass(5);
    expect(names()).toEqual([]);
  });

  it("is not read when it is no file", () => {
    const path = folder();
    expect(statSync(path).isFile()).toBe(false);
    expect(openHostsFile(path, { now: () => 0, monotonic: () => 0 })().size).toBe(0);
  });

  it("is read up to a limit", () => {
    const { names } = opened(`192.0.2.1 one\n${"#".repeat(HOSTS_TEXT_MAX)}\n192.0.2.2 two`);
    expect(names()).toEqual(["one"]);
  });
});

describe("a resolver on a machine", () => {
  async function onMachine(hosts: string, resolvConf: string) {
    const dns = await serve(({ name }) =>
      name === "relay.eu.example" ? { answers: [a(name, "192.0.2.25")] } : { rcode: 3 },
    );
    const path = folder();
    const system = {
      hosts: join(path, "hosts"),
      resolvConf: join(path, "resolv.conf"),
      hostname: "probe.eu.example",
    };
    writeFileSync(system.hosts, hosts);
    writeFileSync(system.resolvConf, `nameserver ${dns.address}\n${resolvConf}`);
    const [own, configured] = [resolver([], { system }), resolver([dns], { system })];
    return { dns, resolve: own.resolve, configured: configured.resolve };
  }

  it("finds a host in the search list of its file, and asks DNS alone for what is no host", async () => {
    const { dns, resolve } = await onMachine("", "search eu.example");
    const found = {
      status: "ok",
      server: dns.address,
      records: [{ name: "relay.eu.example", data: "192.0.2.25" }],
    };
    expect(await resolve("relay", "A", { host: true })).toMatchObject(found);
    expect(await resolve("relay", "A")).toMatchObject({ status: "nxdomain" });
    expect(dns.seen.map(({ name }) => name)).toEqual(["relay.eu.example", "relay"]);
  });

  it("searches the domain of its own name when the file sets no list", async () => {
    const { resolve } = await onMachine("", "");
    expect(await resolve("relay", "A", { host: true })).toMatchObject({ status: "ok" });
  });

  it("knows its hosts and localhost, but no search list, with configured servers", async () => {
    const { dns, configured } = await onMachine("192.0.2.9 inside", "search eu.example");
    const host = { host: true };
    expect(await configured("inside", "A", host)).toMatchObject({ records: [{ data: "192.0.2.9" }] });
    expect(await configured("localhost", "AAAA", host)).toMatchObject({ records: [{ data: "::1" }] });
    expect(dns.seen).toEqual([]);
    expect(await configured("relay", "A", host)).toMatchObject({ status: "nxdomain" });
    expect(dns.seen.map(({ name }) => name)).toEqual(["relay"]);
  });
});
