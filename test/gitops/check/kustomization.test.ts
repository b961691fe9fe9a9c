import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../../../src/base/digest";
import { CheckGround } from "../../support/gitops/checkGround";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";

describeWith([REFERRERS_TOOL], "gitops check of kustomizations", () => {
  let ground: CheckGround;
  let api: Digest;
  before(async () => {
    ground = await CheckGround.begin();
    api = await ground.promote("orders/api", "v1.0.0-uat");
  });
  after(() => ground.end());
  const at = (reference: string) => `${ground.host}/${reference}`;

  it("S3-14 gitops check finds what Kustomize sets past the manifests, and reads the images that it names", async () => {
    const kustomization = (fields: object) => JSON.stringify({ kind: "Kustomization", ...fields });
    const strategic = "kind: Deployment\nspec: { template: { spec: { containers: [{ name: a, image: evil:1 }] } } }";
    const json = "- { op: replace, path: /spec/template/spec/containers/0/image, value: evil:1 }\n";
    const flux = {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      metadata: { name: "apps" },
      spec: { sourceRef: { kind: "GitRepository", name: "flux-system" }, patches: [{ patch: strategic }] },
    };
    const cases: [Record<string, string>, string[]][] = [
      [{ "kustomization.yaml": kustomization({ patches: [{ patch: strategic }] }) }, ["image-elsewhere"]],
      [{ "kustomization.yaml": kustomization({ patchesStrategicMerge: [strategic] }) }, ["image-elsewhere"]],
      [{ "kustomization.yaml": kustomization({ patches: [{ patch: json }] }) }, ["image-elsewhere"]],
      [{ "a/kustomization.yml": `patches: [{ path: p.yaml }]\n`, "a/p.yaml": json }, ["image-elsewhere"]],
      [{ "apps.yaml": kustomization(flux) }, ["image-elsewhere"]],
      [{ "kustomization.yaml": kustomization({ resources: ["github.com/x/y?ref=v1"] }) }, ["manifests-elsewhere"]],
      [
        { "kustomization.yaml": kustomization({ resources: ["https://x.example.com/a.yaml"] }) },
        ["manifests-elsewhere"],
      ],
      [{ "kustomization.yaml": kustomization({ resources: ["../base", "app.yaml", "sub.dir"] }) }, []],
      [{ "kustomization.yaml": kustomization({ patches: [{ patch: "kind: Service\nspec: { type: x }" }] }) }, []],
      [{ "kustomization.yaml": "images: [{ name: api, newName: evil, newTag: '1' }]\n" }, ["registry-unknown"]],
      [
        { "kustomization.yaml": kustomization({ images: [{ name: "api", newName: at("orders/api"), digest: api }] }) },
        [],
      ],
    ];
    for (const [files, expected] of cases) {
      ground.write(files);
      const { report } = await ground.check();
      assert.deepEqual(
        report.findings.map(({ rule }) => rule),
        expected,
        JSON.stringify(files),
      );
    }
  });

  const evil = "apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [{ name: a, image: evil:1 }] }\n";
  const rules = async (files: Record<string, string>, scope: readonly string[] = []) => {
    ground.write(files);
    const { report, stderr } = await ground.check(scope);
    assert.ok("counts" in report, stderr);
    return report.findings.map(({ rule, file }) => `${rule} ${file}`);
  };

  it("S3-14 gitops check of a folder follows what its kustomizations name, whatever the ending", async () => {
    const flux = (spec: object) =>
      JSON.stringify({
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: { name: "x" },
        spec,
      });
    const sourceRef = { kind: "GitRepository", name: "flux-system" };
    const cases: [Record<string, string>, string][] = [
      [
        {
          "apps/prod/kustomization.yaml": "resources: [../base]",
          "apps/base/kustomization.yaml": "resources: [d.yaml]",
          "apps/base/d.yaml": evil,
        },
        "registry-unknown apps/base/d.yaml",
      ],
      [
        {
          "apps/prod/kustomization.yaml": "components: [../base]",
          "apps/base/Kustomization": "images: [{ name: a, newName: evil, newTag: '1' }]",
        },
        "registry-unknown apps/base/Kustomization",
      ],
      [
        { "apps/prod/kustomization.yaml": "resources: [d.txt]", "apps/prod/d.txt": evil },
        "registry-unknown apps/prod/d.txt",
      ],
      [
        {
          "apps/prod/kustomization.yaml": "patches: [{ path: ../p }]",
          "apps/p": evil.replace("Pod", "Deployment").replace("v1", "apps/v1"),
        },
        "registry-unknown apps/p",
      ],
      [{ "apps/prod/Kustomization": "resources: [../x.yml]", "apps/x.yml": evil }, "registry-unknown apps/x.yml"],
      [
        { "apps/prod/apps.yaml": flux({ path: "./apps/base", sourceRef }), "apps/base/d.yaml": evil },
        "registry-unknown apps/base/d.yaml",
      ],
      [
        {
          "apps/prod/kustomization.yaml": "resources: [d.yaml]",
          "apps/prod/Chart.yaml": "name: x",
          "apps/prod/d.yaml": evil,
        },
        "registry-unknown apps/prod/d.yaml",
      ],
    ];
    for (const [files, expected] of cases) {
      assert.deepEqual(await rules(files, ["apps/prod"]), [expected], JSON.stringify(files));
    }
    ground.write({ "apps/prod/a.yaml": "", "apps/prod/d.txt": evil });
    symlinkSync("d.txt", join(ground.repository, "apps/prod/d.yaml"));
    assert.deepEqual((await ground.check(["apps/prod"])).found, ["registry-unknown apps/prod/d.txt:4"]);
  });

  it("S3-14 gitops check passes a patch only where it changes nothing that an image comes from", async () => {
    const target = { name: "inventory" };
    const chart = "- { op: replace, path: /spec/chart/spec/chart, value: ./evil }";
    const image = '- { op: replace, path: "/spec/template/spec/containers/0/im\\u0061ge", value: evil }';
    const tags =
      "apiVersion: builtin\nkind: ImageTagTransformer\nmetadata: { name: x }\nimageTag: { name: a, newName: evil }";
    const merge = "{ kind: x, metadata: { name: y }, spec: { chart: { spec: { chart: ./evil } } } }";
    const bomb = [
      "a: &a [x]",
      ...Array.from("bcdefghij").map((key, at) => `${key}: &${key} [${`*${"abcdefghij"[at]},`.repeat(99)}]`),
    ].join("\n");
    const found: [object, Record<string, string>][] = [
      [{ patches: [{ target, path: "p.patch" }] }, { "p.patch": bomb }],
      [{ patches: [{ target, patch: chart }] }, {}],
      [{ patches: [{ target, path: "p.yaml" }] }, { "p.yaml": merge }],
      [
        { patches: [{ target: { kind: "Deployment|HelmRelease" }, patch: "- { op: add, path: /spec/x, value: y }" }] },
        {},
      ],
      [
        {
          patchesStrategicMerge: [
            "{ apiVersion: apps/v1, kind: Deployment, metadata: { name: a }, spec: { template: { spec: { containers: [{ name: a, image: evil }] } } } }",
          ],
        },
        {},
      ],
      [{ patches: [{ path: "p.patch" }] }, { "p.patch": image }],
      [{ patchesJson6902: [{ target, path: "p.yaml" }] }, { "p.yaml": image }],
      [{ patches: [{ patch: "- { op: copy, from: /metadata/labels, path: /spec/template/spec/containers/0 }" }] }, {}],
      [{ transformers: ["t.yaml"] }, { "t.yaml": tags }],
      [{ transformers: [tags] }, {}],
      [{ transformers: ["../transformers"] }, {}],
      [
        { generators: ["g.yaml"] },
        { "g.yaml": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: { name: x }" },
      ],
      [{ helmCharts: [{ name: "x" }] }, {}],
      [{ replacements: [{ source: {}, targets: [{ fieldPaths: ["spec.chart.spec.chart"] }] }] }, {}],
      [{ replacements: [{ path: "r.yaml" }] }, { "r.yaml": "[{ targets: [{ fieldPaths: [spec.values.x] }] }]" }],
    ];
    for (const [fields, files] of found) {
      const name = "a/kustomization.yaml";
      const others = Object.fromEntries(Object.entries(files).map(([file, text]) => [`a/${file}`, text]));
      assert.ok(
        (await rules({ [name]: JSON.stringify(fields), ...others })).includes(`image-elsewhere ${name}`),
        JSON.stringify(fields),
      );
    }
    const passed: object[] = [
      { patches: [{ target, patch: "- { op: add, path: /metadata/labels/stage, value: uat }" }] },
      { patches: [{ target, patch: "- { op: replace, path: /spec/replicas, value: 3 }" }] },
      {
        patches: [
          { target: { kind: "Ingress" }, patch: "- { op: replace, path: /spec/rules/0/host, value: uat.example.com }" },
        ],
      },
      {
        patches: [
          {
            patch:
              "{ apiVersion: apps/v1, kind: Deployment, metadata: { name: a }, spec: { replicas: 2, template: { spec: { containers: [{ name: a, env: [{ name: A, value: b }] }] } } } }",
          },
        ],
      },
      {
        patches: [
          { target: { labelSelector: "a=b" }, patch: "{ kind: any, metadata: { name: any, annotations: { a: b } } }" },
        ],
      },
      { transformers: ["apiVersion: builtin\nkind: LabelTransformer\nmetadata: { name: x }\nlabels: { a: b }"] },
      { replacements: [{ source: {}, targets: [{ fieldPaths: ["metadata.annotations.[a.b/c]"] }] }] },
    ];
    for (const fields of passed) {
      assert.deepEqual(await rules({ "kustomization.yaml": JSON.stringify(fields) }), [], JSON.stringify(fields));
    }
  });

  it("S3-14 gitops check goes by the group of a kind, not by its word alone", async () => {
    const inside =
      "{ apiVersion: apps/v1, kind: Deployment, spec: { template: { spec: { containers: [{ name: a, image: evil:1 }] } } } }";
    const cases = [
      `apiVersion: core.oam.dev/v1alpha2\nkind: Component\nmetadata: { name: x }\nspec: { workload: ${inside} }\n`,
      "apiVersion: example.com/v1\nkind: ImagePolicy\nmetadata: { name: x }\nspec: { containers: [{ name: a, image: evil:1 }] }\n",
    ];
    for (const text of cases) assert.deepEqual(await rules({ "a.yaml": text }), ["registry-unknown a.yaml"], text);
    const policy =
      "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata: { name: x }\nspec: { image: evil:1 }\n";
    assert.deepEqual(await rules({ "a.yaml": policy }), []);
  });
});
