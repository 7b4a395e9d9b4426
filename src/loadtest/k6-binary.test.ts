import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findK6 } from "./k6-binary.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-k6-binary-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const GOOD =
  "k6 v2.2.0 (go1.26.8, linux/amd64)\nExtensions:\n  x v1, k6/x/smtp [js]\n  x v1, smtp-record [output]";
const REMEDY = /^Run `make k6` in a checkout of Mailgauge, or name a k6 .*K6_BINARY=/;

function program(path: string, body: string, mode = 0o755): string {
  const full = join(folder, path);
  mkdirSync(join(full, ".."), { recursive: true });
  writeFileSync(full, `#!/bin/sh\n${body}\n`);
  chmodSync(full, mode);
  return full;
}

const says = (path: string, text: string): string => program(path, `cat <<'END'\n${text}\nEND`);
const PATH = "/usr/bin:/bin";

describe("findK6", () => {
  it("takes the one that K6_BINARY names before the one that was built", async () => {
    const named = says("named/k6-mail", GOOD.replace("k6", "k6-mail"));
    says("built/.cache/bin/k6", GOOD.replace("2.2.0", "2.1.0"));
    const env = { K6_BINARY: named, PATH };
    expect(await findK6(env, join(folder, "built"))).toEqual({ path: named, version: "v2.2.0" });
    expect(await findK6({ PATH }, join(folder, "built"))).toMatchObject({ version: "v2.1.0" });
  });

  it("looks in PATH last", async () => {
    const path = says("inpath/k6", GOOD);
    const env = { PATH: `${folder}/none:${join(folder, "inpath")}:${PATH}` };
    expect(await findK6(env, join(folder, "nothing"))).toEqual({ path, version: "v2.2.0" });
  });

  it.each<[string, () => string, string]>([
    [
      "is absent",
      () => join(folder, "absent"),
      "K6_BINARY names @, which cannot be run: there is no such file",
    ],
    [
      "is no program",
      () => program("plain", "", 0o644),
      "K6_BINARY names @, which cannot be run: it is no program that you may run",
    ],
    [
      "fails",
      () => program("fails", "exit 3"),
      "K6_BINARY names @, which cannot be run: Command failed: @ version",
    ],
    [
      "is no k6",
      () => says("other", "hello"),
      "K6_BINARY names @, which is no k6: it does not say its version",
    ],
    [
      "is too old",
      () => says("old", "k6 v1.3.0 (go1.24)"),
      "K6_BINARY names @, which is k6 v1.3.0; k6 v2 is needed",
    ],
    [
      "lacks the module",
      () => says("bare", "k6 v2.2.0 (go1.26)"),
      "K6_BINARY names @, a k6 without k6/x/smtp and smtp-record",
    ],
  ])("says what is wrong when it %s", async (_what, make, message) => {
    const path = make();
    const error = await findK6({ K6_BINARY: path, PATH }, folder).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: message.replaceAll("@", path),
      remedy: expect.stringMatching(REMEDY),
      kind: "broken",
    });
  });

  it("says how to get one when there is none", async () => {
    const error = await findK6({ PATH: join(folder, "none") }, join(folder, "nothing")).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      message: "there is no k6 with k6/x/smtp here",
      remedy: expect.stringMatching(REMEDY),
    });
  });
});
