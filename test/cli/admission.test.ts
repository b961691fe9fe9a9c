import assert from "node:assert/strict";
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { loadAll } from "js-yaml";
import { z } from "zod";
import { dualreg } from "../../src/cli/program";
import { crdProblems } from "../support/clusters/crdSchemas";
import { example } from "../support/examples";
import { captureIo } from "../support/io";
import { outputsFor } from "../support/release/outputsFor";

const STAGES = resolve(__dirname, "../../samples/product/stages");
const object = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()) }),
  spec: z.record(z.string(), z.unknown()),
});

async function admission(args: readonly string[], project = STAGES) {
  const { io, printed } = captureIo();
  const code = await dualreg(["admission", ...args, "--project", project], io);
  return { code, ...printed };
}
const objectsOf = (text: string) =>
  loadAll(text).map((one) => {
    const { metadata, ...rest } = object.parse(one);
    const { namespace } = metadata;
    return { ...rest, metadata: { ...metadata, namespace: typeof namespace === "string" ? namespace : "" } };
  });

describe("dualreg admission", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-admission-"));
  after(() => rmSync(dir, { recursive: true }));

  for (const [stage, deploysItself] of [
    ["dev", true],
    ["qa", false],
    ["uat", false],
    ["prod", false],
  ] as const) {
    it(`S3-2 S3-3 admission prints the policies of ${stage} as YAML that Kubernetes, Flux and Kyverno take`, async () => {
      const { code, stdout, stderr } = await admission(["--stage", stage]);
      assert.equal(`${stderr}${code}`, "0");
      const objects = objectsOf(stdout);
      assert.deepEqual(objects.flatMap(crdProblems), []);
      const count = (kind: string) => objects.filter((one) => one.kind === kind).length;
      assert.deepEqual(
        ["ValidatingAdmissionPolicy", "ImageValidatingPolicy", "ImageRepository", "ImagePolicy"].map(count),
        [1, 2, 4, 4],
      );
      assert.equal(count("ImageUpdateAutomation"), deploysItself ? 1 : 0);
    });
  }

  it("admission prints objects of the kinds that are asked for, as YAML or as a list in JSON", async () => {
    const kinds = ["--kind", "ImagePolicy", "ImageRepository"];
    const { stdout } = await admission(["--stage", "prod", ...kinds]);
    const json = await admission(["--stage", "prod", ...kinds, "--format", "json"]);
    const list = z.object({ kind: z.literal("List"), items: z.array(z.unknown()) }).parse(JSON.parse(json.stdout));
    assert.deepEqual(list.items, loadAll(stdout));
    assert.equal(list.items.length, 8);
    assert.match(stdout, /range: ">=1\.0\.0 <2\.0\.0"|range: '>=1\.0\.0 <2\.0\.0'|range: >=1\.0\.0 <2\.0\.0/);
  });

  it("admission takes the hosts of registries in Azure from the stage's outputs alone", async () => {
    const company = join(dir, "company");
    cpSync(example("company"), company, { recursive: true });
    appendFileSync(
      join(company, "Pulumi.qa.yaml"),
      "  dual-registry:imagePolicies: { namespaces: [shop], kyverno: true, flux: {} }\n",
    );
    const without = await admission(["--stage", "qa"], company);
    assert.equal(without.code, 2);
    assert.match(without.stderr, /The host of qa's secure registry is known after `pulumi up`: give --outputs/);
    const file = join(dir, "qa.json");
    const policy = { signature: false, signers: [] };
    writeFileSync(file, JSON.stringify(outputsFor({ stage: "qa", host: "made.azurecr.io", kind: "acr", policy })));
    const { code, stdout, stderr } = await admission(["--outputs", file], company);
    assert.equal(`${stderr}${code}`, "0");
    const objects = objectsOf(stdout);
    assert.deepEqual(objects.flatMap(crdProblems), []);
    const [scanned] = objects.filter(({ kind }) => kind === "ImageRepository");
    assert.deepEqual([scanned?.spec["image"], scanned?.spec["provider"]], ["made.azurecr.io/orders/api", "azure"]);
    const other = await admission(["--outputs", file, "--stage", "prod"], company);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /--stage "prod", and the outputs are those of qa/);
  });

  for (const [what, args, project, message] of [
    [
      "a stage without imagePolicies",
      ["--stage", "dev"],
      example("company"),
      /Pulumi\.dev\.yaml: imagePolicies is missing.*add it, such as/,
    ],
    [
      "a kind that there is not",
      ["--kind", "Pod"],
      STAGES,
      /--kind "Pod": dev has no object of that kind; allowed: ValidatingAdmissionPolicy, /,
    ],
    ["a stage that is none", ["--stage", "live"], STAGES, /live.*allowed: dev, qa, uat, prod/],
  ] as const) {
    it(`admission refuses ${what} with 2, and says what to do`, async () => {
      const { code, stdout, stderr } = await admission(args, project);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, message);
    });
  }
});
