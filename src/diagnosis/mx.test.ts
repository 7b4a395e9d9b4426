import { describe, expect, it } from "vitest";
import type { FaultCode } from "../model/codes.ts";
import type { MxEvidence, MxReach } from "../model/evidence.ts";
import type { Finding } from "../model/observation.ts";
import { diagnose } from "./index.ts";

const finding = (id: string, verdict: Finding["verdict"] = "fail"): Finding => ({
  id,
  verdict,
  message: `about ${id}`,
});

interface Host {
  readonly preference: number;
  readonly faults: readonly (FaultCode | undefined)[];
}

/** What each address of each host answered, and which cause that makes on port 25 and on another. */
const REACH: readonly (readonly [why: string, hosts: readonly Host[], cause: string, elsewhere: string])[] = [
  ["refused", [{ preference: 10, faults: ["connect_refused"] }], "server_down likely", "server_down likely"],
  [
    "one silent host",
    [{ preference: 10, faults: ["connect_timeout"] }],
    "port_blocked possible",
    "firewall likely",
  ],
  [
    "two silent hosts",
    [
      { preference: 10, faults: ["connect_timeout"] },
      { preference: 20, faults: ["connect_timeout"] },
    ],
    "port_blocked likely",
    "firewall likely",
  ],
  [
    "the preferred is silent, the other answers",
    [
      { preference: 10, faults: ["connect_timeout"] },
      { preference: 20, faults: [undefined] },
    ],
    "firewall likely",
    "firewall likely",
  ],
  [
    "silent over IPv6, refused over IPv4",
    [{ preference: 10, faults: ["connect_timeout", "connect_refused"] }],
    "server_down likely",
    "server_down likely",
  ],
  ["no greeting", [{ preference: 10, faults: ["timeout"] }], "server_silent likely", "server_silent likely"],
  [
    "turned away",
    [{ preference: 10, faults: ["rejected"] }],
    "connection_rejected likely",
    "connection_rejected likely",
  ],
  ["a web server", [{ preference: 10, faults: ["protocol_error"] }], "not_smtp likely", "not_smtp likely"],
  ["something new", [{ preference: 10, faults: ["internal_error"] }], "unknown likely", "unknown likely"],
];

describe("unreachable MX hosts", () => {
  it.each(REACH)("%s", (_why, hosts, cause, elsewhere) => {
    const evidence: Pick<MxEvidence, "hosts"> = {
      hosts: hosts.map(({ preference, faults }) => ({
        preference,
        exchange: `mx${preference}.example.com`,
        a: [],
        aaaa: [],
        reach: faults.map((fault) => ({
          family: 4,
          address: "192.0.2.1",
          reachable: fault === undefined,
          durationMs: 1,
          ...(fault === undefined ? {} : { fault }),
        })),
      })),
    };
    for (const [port, expected] of [
      [25, cause],
      [2525, elsewhere],
    ] as const) {
      const subject = {
        kind: "domain",
        name: "d",
        labels: {},
        domain: "example.com",
        helo: "h",
        port,
      } as const;
      const findings = [finding("mx_primary_unreachable")];
      const found = diagnose({ subject, probe: "mx", phases: [], evidence, findings });
      expect(`${found?.code} ${found?.certainty}`).toBe(expected);
      expect(found?.evidence[0]).toMatch(/^mx10.example.com at 192.0.2.1: /);
    }
  });

  it("are diagnosed by what they said, and the remedy names them", () => {
    const subject = {
      kind: "domain",
      name: "d",
      labels: {},
      domain: "example.com",
      helo: "h",
      port: 25,
    } as const;
    const hostWith = (fault: FaultCode, refusal?: NonNullable<MxReach["refusal"]>) => ({
      preference: 10,
      exchange: "mx.example.net",
      a: [],
      aaaa: [],
      reach: [
        {
          family: 4,
          address: "192.0.2.1",
          reachable: false,
          durationMs: 1,
          fault,
          ...(refusal && { refusal }),
        } as const,
      ],
    });
    const see = (evidence: Pick<MxEvidence, "hosts">) =>
      diagnose({ subject, probe: "mx", phases: [], evidence, findings: [finding("mx_all_unreachable")] });
    const busy = {
      phase: "banner",
      reply: { code: 421, enhanced: "4.7.0", lines: ["4.7.0 Too many connections"] },
    } as const;
    expect(see({ hosts: [hostWith("deferred", busy)] })).toMatchObject({
      code: "too_many_connections",
      certainty: "certain",
      evidence: ["mx.example.net at 192.0.2.1: 421 4.7.0 Too many connections"],
    });
    expect(see({ hosts: [hostWith("connect_refused")] })?.remedy).toContain("on mx.example.net shows");
  });
});
