import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type ClusterRun, clusterObjects } from "./kubernetes.ts";

const folder = mkdtempSync(join(tmpdir(), "mailgauge-kubernetes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "scenarios"));
mkdirSync(join(folder, "lib"));
writeFileSync(
  join(folder, "scenarios/own.ts"),
  'import http from "k6/http";\nimport { a } from "../lib/a.ts";\nexport * from "./own-part.ts";\n',
);
writeFileSync(join(folder, "scenarios/own-part.ts"), "export const part = 1;\n");
writeFileSync(join(folder, "lib/a.ts"), "import { b } from './b.ts';\nexport const a = b;\n");
writeFileSync(join(folder, "lib/b.ts"), "import { a } from './a.ts';\nexport const b = 1;\n");

const run: ClusterRun = {
  id: "abcd1234",
  scenario: "own",
  script: join(folder, "scenarios/own.ts"),
  parameters: { RATE: "100", SMTP_HOST: "relay.example.com", SMTP_PASSWORD: "hush" },
  parallelism: 4,
  image: "registry.example.com/k6:1",
  namespace: "load",
};

describe("clusterObjects", () => {
  it("puts the script and what it imports into one ConfigMap without folders", () => {
    const [map] = clusterObjects(run).objects;
    expect(map).toMatchObject({
      kind: "ConfigMap",
      metadata: { name: "mailgauge-own-abcd1234", namespace: "load" },
      data: {
        "own.ts":
          'import http from "k6/http";\nimport { a } from "./lib-a.ts";\nexport * from "./scenarios-own-part.ts";\n',
        "lib-a.ts": "import { b } from './lib-b.ts';\nexport const a = b;\n",
        "lib-b.ts": "import { a } from './lib-a.ts';\nexport const b = 1;\n",
        "scenarios-own-part.ts": "export const part = 1;\n",
      },
    });
  });

  it("names a Secret, and prints none", () => {
    const { objects, notes } = clusterObjects(run);
    expect(JSON.stringify(objects)).not.toContain("hush");
    expect(notes).toEqual([
      "kubectl create secret generic mailgauge-own-abcd1234 --namespace load --from-file=SMTP_PASSWORD=FILE",
    ]);
    const pod = {
      image: "registry.example.com/k6:1",
      envFrom: [{ secretRef: { name: "mailgauge-own-abcd1234" } }],
      env: expect.arrayContaining([{ name: "RATE", value: "100" }]),
    };
    expect(objects[1]).toMatchObject({
      kind: "TestRun",
      spec: {
        parallelism: 4,
        script: { configMap: { name: "mailgauge-own-abcd1234", file: "own.ts" } },
        runner: pod,
        initializer: pod,
      },
    });
  });

  it("takes what is called a secret for one, also in a script of the user's own", () => {
    const parameters = { ...run.parameters, API_TOKEN: "canary" };
    const { objects, notes } = clusterObjects({ ...run, parameters });
    expect(JSON.stringify(objects)).not.toContain("canary");
    expect(notes).toEqual([
      expect.stringContaining(" --from-file=SMTP_PASSWORD=FILE --from-file=API_TOKEN=FILE"),
    ]);
  });

  it("needs no Secret where there is none", () => {
    const { SMTP_PASSWORD: _, ...parameters } = run.parameters;
    const { objects, notes } = clusterObjects({ ...run, parameters });
    expect(notes).toEqual([]);
    expect(JSON.stringify(objects)).not.toContain("secretRef");
  });

  it("refuses what is larger than a ConfigMap", () => {
    const script = join(folder, "scenarios/large.ts");
    writeFileSync(script, `// ${"x".repeat(1_000_000)}`);
    expect(() => clusterObjects({ ...run, script })).toThrow(
      /are 1000003 bytes, more than a ConfigMap holds$/,
    );
  });

  it("names an import that is not there", () => {
    const script = join(folder, "scenarios/lost.ts");
    writeFileSync(script, 'import "../lib/lost.ts";');
    expect(() => clusterObjects({ ...run, script })).toThrow(/lib\/lost\.ts cannot be read/);
  });
});
