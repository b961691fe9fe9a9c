import assert from "node:assert/strict";
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
      spec: { sourceRef: { kind: "GitRepository", name: "x" }, patches: [{ patch: strategic }] },
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
});
