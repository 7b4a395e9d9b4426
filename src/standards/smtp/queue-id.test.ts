import { describe, expect, it } from "vitest";

import { queueIdOf } from "./queue-id.ts";

describe("queueIdOf", () => {
  it.each([
    ["2.0.0 Ok: queued as 4YBxL51Vtvz9s", "4YBxL51Vtvz9s"], // Postfix, long ids
    ["2.0.0 Ok: queued as 9F2A11A0042.", "9F2A11A0042"],
    ["Ok: queued as dGVzdA-_abc", "dGVzdA-_abc"], // SendGrid
    ["OK id=1tFk2V-0002qR-1x", "1tFk2V-0002qR-1x"], // Exim 4.96
    ["OK id=1tFk2V-00000002qRs-1xyz", "1tFk2V-00000002qRs-1xyz"], // Exim 4.97
    ["2.0.0 4AMDdXk5012345 Message accepted for delivery", "4AMDdXk5012345"], // Sendmail
    ["2.0.0: 1a2b3c4d Message accepted for delivery", "1a2b3c4d"], // OpenSMTPD
    [
      "2.6.0 <m@x.test> [InternalId=55628464037888, Hostname=A.prod.outlook.com] 9 bytes in 0.1, 1 KB/sec Queued mail for delivery",
      "55628464037888",
    ],
    [
      "2.0.0 OK  1732280000 a640c23a62f3a-aa1b2c3d4e5si123456.78 - gsmtp",
      "a640c23a62f3a-aa1b2c3d4e5si123456.78",
    ],
    [
      "Ok 0100018c1b2d3e4f-01234567-89ab-cdef-0123-456789abcdef-000000",
      "0100018c1b2d3e4f-01234567-89ab-cdef-0123-456789abcdef-000000",
    ],
    ["Message Queued (1A2B3C4D-1A2B-3C4D-5E6F-1A2B3C4D5E6F.1)", "1A2B3C4D-1A2B-3C4D-5E6F-1A2B3C4D5E6F.1"], // Haraka
    ["OK ids=d7ef132b5d7711eea8c8000c29c33806", "d7ef132b5d7711eea8c8000c29c33806"], // KumoMTA
    ["2.0.0 <u1@y.test> pcq7Kq3aQWdFBgAA0J78UA Saved", "pcq7Kq3aQWdFBgAA0J78UA"], // Dovecot LMTP
    ["ok 1732280000 qp 12345", "qp 12345"],
    ["2.0.0 Ok", undefined],
    ["", undefined],
  ])("reads %j as %s", (text, id) => {
    expect(queueIdOf({ code: 250, lines: ["first line", text] })).toBe(id);
  });

  it("looks for none in a refusal", () => {
    expect(queueIdOf({ code: 451, lines: ["queued as 4YBxL51Vtvz9s"] })).toBeUndefined();
  });
});
