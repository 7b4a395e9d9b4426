import { describe, expect, it } from "vitest";
import { fakeIo, fakeMemory, type FakeAnswer, type FakeIo } from "../../test/support/probe-io.ts";
import type { FaultCode } from "../../src/model/codes.ts";
import type { MxEvidence } from "../../src/model/evidence.ts";
import { FaultError } from "../../src/model/observation.ts";
import { OptionsError } from "../../src/model/probe.ts";
import type { EhloCapabilities, SmtpDial, SmtpSession } from "../../src/model/smtp.ts";
import type { Domain } from "../../src/model/subject.ts";
import { mxProbe } from "./index.ts";

const subject: Domain = {
  kind: "domain",
  name: "example.com",
  domain: "example.com",
  helo: "probe.example.net",
  port: 2525,
  labels: {},
};
const mx = (preference: number, exchange: string) => ({ preference, exchange });

/** Answers by `name type`; everything else is NODATA. */
function io(answers: Readonly<Record<string, FakeAnswer>>, parts: Parameters<typeof fakeIo>[1] = {}): FakeIo {
  return fakeIo((name, type) => answers[`${name} ${type}`] ?? "nodata", parts);
}

async function check(given: FakeIo, input: unknown = { reach: false }) {
  const notes: Partial<MxEvidence> = {};
  let fault: unknown;
  try {
    await mxProbe.run(subject, mxProbe.parseOptions(input), given, notes);
  } catch (error) {
    fault = error;
  }
  return { notes, fault, hosts: notes.hosts ?? [] };
}

describe("the set", () => {
  it("is in the order of preference, with the addresses of each host", async () => {
    const { notes, fault } = await check(
      io({
        "example.com MX": [mx(20, "b.test"), mx(10, "c.test"), mx(10, "a.test")],
        "a.test A": ["192.0.2.1"],
        "a.test AAAA": ["2001:db8::1"],
        "b.test A": ["192.0.2.2"],
        "c.test AAAA": ["2001:db8::3"],
      }),
    );
    expect(fault).toBeUndefined();
    expect(notes).toEqual({
      domain: "example.com",
      status: "ok",
      authenticated: false,
      nullMx: false,
      implicit: false,
      hosts: [
        { preference: 10, exchange: "a.test", a: ["192.0.2.1"], aaaa: ["2001:db8::1"], reach: [] },
        { preference: 10, exchange: "c.test", a: [], aaaa: ["2001:db8::3"], reach: [] },
        { preference: 20, exchange: "b.test", a: ["192.0.2.2"], aaaa: [], reach: [] },
      ],
    });
  });

  it.each<[string, Record<string, FakeAnswer>, Partial<MxEvidence>]>([
    ["null MX", { "example.com MX": [mx(0, "")] }, { nullMx: true, hosts: [] }],
    ["NXDOMAIN", { "example.com MX": "nxdomain" }, { status: "nxdomain", hosts: [], implicit: false }],
    ["neither MX nor address", {}, { status: "nodata", hosts: [], implicit: false }],
    [
      "no MX but an address",
      { "example.com A": ["192.0.2.1"] },
      {
        implicit: true,
        hosts: [{ preference: 0, exchange: "example.com", a: ["192.0.2.1"], aaaa: [], reach: [] }],
      },
    ],
    [
      "no MX, and the address is an alias, which is well",
      { "example.com A": { aliases: ["www.test"], records: ["192.0.2.1"] } },
      {
        implicit: true,
        hosts: [{ preference: 0, exchange: "example.com", a: ["192.0.2.1"], aaaa: [], reach: [] }],
      },
    ],
    [
      "no MX, and the address cannot be found out",
      { "example.com A": "timeout" },
      {
        implicit: true,
        hosts: [
          { preference: 0, exchange: "example.com", a: [], aaaa: [], reach: [], problem: "unresolvable" },
        ],
      },
    ],
  ])("%s", async (_, answers, expected) => {
    const { notes, fault } = await check(io(answers));
    expect(fault).toBeUndefined();
    expect(notes).toMatchObject(expected);
  });

  it.each<[string, Record<string, FakeAnswer>, string | undefined]>([
    ["192.0.2.9", {}, "ip_literal"],
    ["2001:db8::9", {}, "ip_literal"],
    ["bad name.test", {}, "invalid_name"],
    ["mx_1.test", { "mx_1.test A": ["192.0.2.1"] }, "invalid_name"],
    ["gone.test", { "gone.test A": "nxdomain", "gone.test AAAA": "nxdomain" }, "no_address"],
    ["empty.test", {}, "no_address"],
    ["alias.test", { "alias.test A": { aliases: ["b.test"], records: ["192.0.2.1"] } }, "cname"],
    ["alias.test", { "alias.test A": { aliases: ["b.test"] } }, "no_address"],
    ["broken.test", { "broken.test A": "servfail", "broken.test AAAA": "servfail" }, "unresolvable"],
    ["half.test", { "half.test A": ["192.0.2.1"], "half.test AAAA": "servfail" }, "unresolvable"],
    ["good.test", { "good.test A": ["192.0.2.1"] }, undefined],
  ])("host %s %j: %s", async (exchange, answers, problem) => {
    const { hosts } = await check(io({ ...answers, "example.com MX": [mx(10, exchange)] }));
    expect(hosts[0]?.problem).toBe(problem);
  });

  it.each(["servfail", "refused", "timeout", "malformed"] as const)(
    "%s is a fault, not an empty set",
    async (status) => {
      const given = io({ "example.com MX": status });
      const { notes, fault } = await check(given);
      expect(fault).toMatchObject({ fault: { code: `dns_${status}`, phase: "dns" } });
      expect(notes).toEqual({ domain: "example.com", status });
      expect(given.said).toEqual([`dns:dns_${status}`]);
    },
  );

  it.each([
    ["of a host", { "example.com MX": [mx(10, "a.test")] }, "a.test"],
    ["of the domain itself", {}, "example.com"],
  ] as const)("that is cut short in the look-up %s is not taken for none", async (_, answers, silent) => {
    const controller = new AbortController();
    const reason = Object.assign(new Error("deadline"), { name: "TimeoutError" });
    const given = fakeIo(
      (name, type) => {
        if (name !== silent || type === "MX")
          return (answers as Record<string, FakeAnswer>)[`${name} ${type}`] ?? "nodata";
        setImmediate(() => controller.abort(reason));
        return new Promise((_resolve, reject) => {
          controller.signal.addEventListener("abort", () => reject(reason));
        });
      },
      { signal: controller.signal },
    );
    const { notes } = await check(given);
    expect(notes.hosts).toBeUndefined();
    const fault = { code: "dns_timeout", phase: "dns", message: "the deadline passed" } as const;
    expect(mxProbe.judge(notes, { reach: false }, fault, subject, 0)).toEqual([
      {
        id: "dns_timeout",
        verdict: "unknown",
        message: "the deadline passed",
        remedy: expect.stringContaining("Check the resolver"),
      },
    ]);
  });

  it("is bounded", async () => {
    const many = Array.from({ length: 500 }, (_, n) => mx(n, `mx${n}.test`));
    expect((await check(io({ "example.com MX": many }))).hosts).toHaveLength(32);
  });
});

describe("a change", () => {
  it("is told once, and not when the set could not be found out", async () => {
    const memory = fakeMemory();
    const before: Record<string, FakeAnswer> = {
      "example.com MX": [mx(10, "a.test")],
      "a.test A": ["192.0.2.1"],
    };
    const after = { ...before, "example.com MX": [mx(10, "a.test"), mx(5, "b.test")] };
    const runs: (readonly string[] | undefined)[] = [];
    for (const answers of [before, before, { "example.com MX": "servfail" as const }, after, after]) {
      runs.push((await check(io(answers, { memory }))).notes.previous);
    }
    expect(runs).toEqual([undefined, undefined, undefined, ["10 a.test"], undefined]);
  });

  it.each([[{ "example.com MX": "nxdomain" }], [{}], [{ "example.com MX": [mx(0, "")] }]] as const)(
    "to %j counts too",
    async (answers) => {
      const memory = fakeMemory();
      memory.remember("mx-set example.com", ["10 a.test"]);
      expect((await check(io(answers, { memory }))).notes.previous).toEqual(["10 a.test"]);
    },
  );

  it("survives a memory that holds something else", async () => {
    const memory = fakeMemory();
    memory.remember("mx-set example.com", { a: 1 });
    expect((await check(io({}, { memory }))).notes).not.toHaveProperty("previous");
  });

  it("is that of the domain: another one under the same name is no change", async () => {
    const memory = fakeMemory();
    const answers = { "example.com MX": [mx(10, "a.test")], "example.net MX": [mx(10, "b.test")] };
    await check(io(answers, { memory }));
    const moved: Partial<MxEvidence> = {};
    const options = mxProbe.parseOptions({ reach: false });
    await mxProbe.run({ ...subject, domain: "example.net" }, options, io(answers, { memory }), moved);
    expect(moved).not.toHaveProperty("previous");
  });
});

/** A session as far as the probe uses it. */
function session(banner: number, ehlo: number, keywords: string[], log: string[]): SmtpSession {
  const capabilities: EhloCapabilities = {
    domain: "mx",
    keywords: Object.fromEntries(keywords.map((keyword) => [keyword, []])),
    authMechanisms: [],
  };
  const reply = (code: number) => ({ code, lines: ["mx ESMTP"] });
  const part = {
    banner: reply(banner),
    capabilities,
    ehlo: (name: string) => {
      log.push(`EHLO ${name}`);
      return Promise.resolve(reply(ehlo));
    },
    quit: () => {
      log.push("QUIT");
      return Promise.resolve();
    },
    destroy: () => log.push("destroy"),
  };
  return part as unknown as SmtpSession;
}

it("keeps no more addresses of a host than anybody needs", async () => {
  const many = Array.from({ length: 4000 }, (_, n) => `10.0.${n >> 8}.${n & 255}`);
  const { hosts } = await check(io({ "example.com MX": [mx(10, "a.test")], "a.test A": many }));
  expect(hosts[0]?.a).toEqual(many.slice(0, 16));
});

describe("contact", () => {
  const answers: Record<string, FakeAnswer> = {
    "example.com MX": [mx(10, "a.test"), mx(20, "b.test")],
    "a.test A": ["192.0.2.1", "192.0.2.77"],
    "a.test AAAA": ["2001:db8::1"],
    "b.test A": ["192.0.2.1"], // the same machine
  };

  function dialing(dialSmtp: (dial: SmtpDial) => Promise<SmtpSession>) {
    const dials: SmtpDial[] = [];
    const given = io(answers, {
      dialSmtp: (dial) => {
        dials.push(dial);
        return dialSmtp(dial);
      },
    });
    return { given, dials };
  }

  it("is made once with each address, under the name of the host", async () => {
    const log: string[] = [];
    const { given, dials } = dialing(() => Promise.resolve(session(220, 250, ["STARTTLS"], log)));
    const { hosts } = await check(given, {});
    expect(dials).toEqual([
      { host: "192.0.2.1", port: 2525, implicitTls: false, tls: { serverName: "a.test" }, family: 4 },
      { host: "2001:db8::1", port: 2525, implicitTls: false, tls: { serverName: "a.test" }, family: 6 },
    ]);
    expect(hosts[0]?.reach).toEqual([
      { family: 4, address: "192.0.2.1", reachable: true, starttls: true, banner: "mx ESMTP", durationMs: 0 },
      {
        family: 6,
        address: "2001:db8::1",
        reachable: true,
        starttls: true,
        banner: "mx ESMTP",
        durationMs: 0,
      },
    ]);
    expect(hosts[1]?.reach).toEqual([hosts[0]?.reach[0]]);
    expect(log.toSorted()).toEqual([
      "EHLO probe.example.net",
      "EHLO probe.example.net",
      "QUIT",
      "QUIT",
      "destroy",
      "destroy",
    ]);
  });

  it.each<[string, number, number, string[], object]>([
    ["no STARTTLS", 220, 250, [], { reachable: true, starttls: false }],
    ["a greeting that refuses", 554, 250, [], { reachable: false, refusal: { phase: "banner" } }],
    ["a busy server", 421, 250, [], { reachable: false, fault: "deferred" }],
    ["a refused EHLO", 220, 550, ["STARTTLS"], { fault: "rejected", refusal: { phase: "ehlo" } }],
  ])("with %s", async (_, banner, ehlo, keywords, expected) => {
    const { given } = dialing(() => Promise.resolve(session(banner, ehlo, keywords, [])));
    const { hosts, fault } = await check(given, {});
    expect(fault).toBeUndefined();
    expect(hosts[0]?.reach[0]).toMatchObject(expected);
  });

  it.each<FaultCode>([
    "connect_refused",
    "connect_timeout",
    "connect_unreachable",
    "timeout",
    "protocol_error",
  ])("that ends in %s is noted, and no fault of the run", async (code) => {
    const { given } = dialing(() => Promise.reject(new FaultError({ code, phase: "connect", message: "" })));
    const { hosts, fault } = await check(given, {});
    expect(fault).toBeUndefined();
    expect(hosts[0]?.reach.map(({ fault }) => fault)).toEqual([code, code]);
  });

  it("that somebody stopped ends the run", async () => {
    const stopped = new FaultError({ code: "aborted", phase: "connect", message: "" });
    const { given } = dialing(() => Promise.reject(stopped));
    expect((await check(given, {})).fault).toBe(stopped);
  });

  it("that found no free place ends the run, and keeps what the others found", async () => {
    const crowded = new FaultError({ code: "aborted", phase: "connect", message: "", detail: "own_limit" });
    const { given } = dialing(async ({ family }) => {
      if (family === 6) throw crowded;
      for (let turn = 0; turn < 9; turn += 1) await Promise.resolve();
      return session(220, 250, ["STARTTLS"], []);
    });
    const { hosts, fault } = await check(given, {});
    expect(fault).toBe(crowded);
    expect(hosts[0]?.reach).toMatchObject([{ family: 4, reachable: true }]);
  });

  it("is made with ten hosts at most", async () => {
    const many: Record<string, FakeAnswer> = {};
    for (let n = 0; n < 20; n++) many[`mx${n}.test A`] = [`192.0.2.${n}`];
    many["example.com MX"] = Array.from({ length: 20 }, (_, n) => mx(n, `mx${n}.test`));
    const dials: string[] = [];
    const given = io(many, {
      dialSmtp: ({ host }) => {
        dials.push(host);
        return Promise.resolve(session(220, 250, [], []));
      },
    });
    const { hosts } = await check(given, {});
    expect(hosts).toHaveLength(20);
    expect(dials).toHaveLength(10);
  });
});

describe("options", () => {
  it.each([
    [undefined, ["dns", "connect", "banner", "ehlo", "quit"]],
    [{ reach: false }, ["dns"]],
  ])("%j declare the phases %j", (input, phases) => {
    expect(mxProbe.phases(mxProbe.parseOptions(input))).toEqual(phases);
  });

  it("refuse what they do not know", () => {
    expect(() => mxProbe.parseOptions({ reech: true })).toThrow(OptionsError);
  });
});
