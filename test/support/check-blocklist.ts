import type { BlocklistEvidence } from "../../src/model/evidence.ts";
import type { Address } from "../../src/model/subject.ts";
import { createBlocklistProbe } from "../../probes/blocklist/index.ts";
import type { FakeIo, FakeZone } from "./probe-io.ts";

export const LISTED = "66.2.0.192.bl.test";
export const WORKS = "2.0.0.127.bl.test";

function subject(address: string): Address {
  return { kind: "address", name: address, address, labels: {} };
}

/** A list that works, and lists 192.0.2.66. */
export const healthy: FakeZone = (name, type) => {
  if (type === "TXT") return ["see https://bl.test/66"];
  return name.startsWith("2.0.0.127.") || name.startsWith("66.2.0.192.") ? ["127.0.0.2"] : "nxdomain";
};

/** One run of the probe over one address, on the list `bl.test` unless told otherwise. */
export async function check(
  io: FakeIo,
  address = "192.0.2.66",
  input: unknown = { lists: [{ zone: "bl.test" }] },
  probe = createBlocklistProbe(),
) {
  const options = probe.parseOptions(input);
  const notes: Partial<BlocklistEvidence> = {};
  let fault: unknown;
  try {
    await probe.run(subject(address), options, io, notes);
  } catch (error) {
    fault = error;
  }
  return { notes, fault, listings: notes.listings ?? [] };
}
