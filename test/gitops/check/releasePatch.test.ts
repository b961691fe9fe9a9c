import assert from "node:assert/strict";
import type { Digest } from "../../../src/base/digest";
import { releasePatches } from "../../../src/gitops/check/releasePatch";
import { chartFiles, CheckGround, release, under } from "../../support/gitops/checkGround";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";

const BASE = { kind: "HelmRelease", metadata: { name: "inventory" }, spec: { values: { a: { b: 1, c: [1, 2] } } } };
const TARGET = { kind: "HelmRelease", name: "inventory" };

/** What a text makes of {@link BASE}, and of its values. */
function applied(text: string, target?: object): unknown {
  const patches = releasePatches(text, target);
  const made = patches?.reduce<unknown>((value, patch) => patch.apply(value), BASE);
  return (made as { spec?: { values?: unknown } } | undefined)?.spec?.values;
}

describe("releasePatches", () => {
  const own = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: inventory }\n";

  it("releasePatches merges maps, replaces lists and takes away what is null, as Kustomize does without a schema", () => {
    assert.deepEqual(applied(`${own}spec: { values: { a: { c: [3], d: 4 } } }`), { a: { b: 1, c: [3], d: 4 } });
    assert.deepEqual(applied(`${own}spec: { values: { a: { b: null } } }`), { a: { c: [1, 2] } });
    assert.deepEqual(applied("spec: { values: { e: f } }", TARGET), { a: { b: 1, c: [1, 2] }, e: "f" });
    assert.equal(JSON.stringify(BASE.spec), '{"values":{"a":{"b":1,"c":[1,2]}}}');
  });

  it("releasePatches applies documents of RFC 6902 in their order", () => {
    const operations = [
      { op: "test", path: "/spec/values/a/b", value: 1 },
      { op: "replace", path: "/spec/values/a/b", value: 2 },
      { op: "add", path: "/spec/values/a/c/-", value: 3 },
      { op: "add", path: "/spec/values/a/c/0", value: 0 },
      { op: "remove", path: "/spec/values/a/c/1" },
      { op: "add", path: "/spec/values/x~1y~0z", value: true },
    ];
    const expected = { a: { b: 2, c: [0, 2, 3] }, "x/y~z": true };
    assert.deepEqual(applied(JSON.stringify(operations), TARGET), expected);
  });

  it("releasePatches gives nothing for what Kustomize would refuse", () => {
    for (const operation of [
      { op: "replace", path: "/spec/values/none", value: 1 },
      { op: "remove", path: "/spec/values/a/c/2" },
      { op: "add", path: "/spec/values/a/c/4", value: 1 },
      { op: "add", path: "/spec/none/x", value: 1 },
      { op: "test", path: "/spec/values/a/b", value: 2 },
    ]) {
      assert.equal(applied(JSON.stringify([operation]), TARGET), undefined, JSON.stringify(operation));
    }
  });

  it("releasePatches understands no patch of anything else, and none that means more than it says", () => {
    const wide = [
      { kind: "HelmRelease|Deployment" },
      { ...TARGET, name: "inv.*" },
      { ...TARGET, labelSelector: "a=b" },
    ];
    const add = '[{ "op": "add", "path": "/spec/values/a", "value": 1 }]';
    const cases: [string, object?][] = [
      ["kind: HelmRelease\nmetadata: { name: x }\nspec: {}"],
      [own.replace("helm.toolkit.fluxcd.io", "example.com")],
      ["kind: Deployment\nmetadata: { name: x }"],
      [add],
      ...wide.map((target): [string, object] => [add, target]),
      [`${own}$patch: delete`],
      [`${own}spec: { values: { list: [{ $patch: replace }] } }`],
      [`${own}spec: { values: { __proto__: { image: x } } }`],
      [`a: &a [x]\n${own}spec: { values: { b: *a } }`],
      ['[{ "op": "copy", "from": "/spec/a", "path": "/spec/b" }]', TARGET],
      ['[{ "op": "replace", "path": "/metadata/name", "value": "x" }]', TARGET],
      ['[{ "op": "replace", "path": "/kind", "value": "Pod" }]', TARGET],
      ["", TARGET],
      [`${own}---\nkind: Pod\nmetadata: { name: x }`],
    ];
    for (const [text, target] of cases) assert.equal(releasePatches(text, target), undefined, text);
  });
});

describeWith([REFERRERS_TOOL, "helm"], "gitops check of a release that Kustomize patches", () => {
  let ground: CheckGround;
  let api: Digest;
  before(async () => {
    ground = await CheckGround.begin();
    api = await ground.promote("orders/api", "v1.0.0-uat");
  });
  after(() => ground.end());

  const chart = { spec: { chart: "./charts/inventory", sourceRef: { kind: "GitRepository", name: "flux-system" } } };
  const good = () => `${ground.host}/orders/api@${api}`;
  const values = (wait: string, tag: string) => ({
    wait: { image: wait },
    image: { repository: `${ground.host}/orders/api`, tag },
  });
  const files = (kustomization: string, more: Record<string, string> = {}) => ({
    ...under("charts/inventory", chartFiles("wait: { image: busybox }\nimage: { repository: a, tag: b }\n")),
    "base/kustomization.yaml": "resources: [release.yaml]\n",
    "base/release.yaml": release({ chart, values: values("dev.example.com/wait:1", "latest") }),
    "uat/kustomization.yaml": `resources: [../base]\n${kustomization}\n`,
    ...more,
  });
  const merge = (spec: object) =>
    JSON.stringify({
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata: { name: "inventory" },
      spec,
    });
  const right = () => ({ values: values(good(), `v1.0.0-uat@${api}`) });
  const checked = async (all: Record<string, string>, scope = ["uat"]) => {
    ground.write(all);
    const { report, stderr } = await ground.check(scope);
    assert.ok("counts" in report, stderr);
    return report;
  };

  it("S4-12 S3-14 gitops check renders a release of a base as the patches of its overlay make it", async () => {
    const json = [
      { op: "replace", path: "/spec/values/wait/image", value: good() },
      { op: "replace", path: "/spec/values/image/tag", value: `v1.0.0-uat@${api}` },
    ];
    const target = "target: { kind: HelmRelease, name: inventory }";
    for (const [kustomization, more] of [
      ["patches: [{ path: patch.yaml }]", { "uat/patch.yaml": merge(right()) }],
      ["patchesStrategicMerge: [patch.yaml]", { "uat/patch.yaml": merge(right()) }],
      [`patches: [{ ${target}, patch: '${JSON.stringify(json)}' }]`, {}],
      [`patchesJson6902: [{ ${target}, path: json.yaml }]`, { "uat/json.yaml": JSON.stringify(json) }],
    ] as const) {
      const { findings, images, counts } = await checked(files(kustomization, more));
      assert.deepEqual(
        findings.map(({ rule }) => rule),
        [],
        kustomization + JSON.stringify(findings),
      );
      assert.ok(images.length > 0 && images.every(({ state, digest }) => state === "ok" && digest === api));
      assert.equal(counts.releases, 1);
    }
  });

  it("S3-14 gitops check finds the image that a patch sets, and the base as it stands where somebody deploys that", async () => {
    const evil = merge({ values: { wait: { image: "evil:1" }, image: right().values.image } });
    const { findings } = await checked(files("patches: [{ path: patch.yaml }]", { "uat/patch.yaml": evil }));
    assert.deepEqual(
      findings.map(({ rule, file, image, object }) => [rule, file, image, object.split(",")[0]]),
      [
        [
          "registry-unknown",
          "base/release.yaml",
          "docker.io/evil:1",
          "HelmRelease inventory as uat/kustomization.yaml patches it",
        ],
      ],
    );
    const flux = JSON.stringify({
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name: "x" },
      spec: { path: "./base", sourceRef: { kind: "GitRepository", name: "flux-system" } },
    });
    const both = files("patches: [{ path: patch.yaml }]", { "uat/patch.yaml": merge(right()), "flux/base.yaml": flux });
    const report = await checked(both, ["uat", "flux"]);
    assert.equal(report.counts.releases, 2);
    assert.ok(report.findings.some(({ image }) => image === "dev.example.com/wait:1"));
  });

  it("S3-14 gitops check applies the patches of a base before those of its overlay", async () => {
    const all = files("patches: [{ path: patch.yaml }]", {
      "uat/patch.yaml": merge({ values: { image: right().values.image } }),
      "base/kustomization.yaml": "resources: [release.yaml]\npatches: [{ path: p.yaml }]\n",
      "base/p.yaml": merge({ values: { wait: { image: good() }, image: { tag: "overwritten" } } }),
    });
    assert.deepEqual((await checked(all)).findings, []);
  });

  it("S3-14 gitops check judges as they stand a release and a patch that Flux applies by themselves as well", async () => {
    const evil = (name: string) => release({ chart, values: values("evil:1", "latest") }, name);
    const isFound = async (all: Record<string, string>, scope?: string[]) =>
      (await checked(all, scope)).findings.some(({ image }) => image === "docker.io/evil:1");
    // No kustomization stands above these, so that Flux takes every file of the folder.
    const loose = {
      ...under("charts/inventory", chartFiles("wait: { image: busybox }\nimage: { repository: a, tag: b }\n")),
      "apps/release.yaml": evil("inventory"),
      "apps/x/kustomization.yaml": "resources: [../release.yaml]\npatches: [{ path: patch.yaml }]\n",
      "apps/x/patch.yaml": merge(right()),
    };
    assert.ok(await isFound(loose, ["apps"]), "the release");
    const base = files("patches: [{ path: patch.yaml }]", { "uat/patch.yaml": merge(right()) });
    assert.ok(!(await isFound({ ...base, "base/release.yaml": evil("inventory") })), "the base, by its overlay");
    assert.ok(
      await isFound({ ...base, "base/release.yaml": evil("inventory") }, ["base", "uat"]),
      "the base by itself",
    );
    const patch = {
      ...loose,
      "apps/release.yaml": release({ chart, values: right().values }),
      "apps/evil.yaml": evil("inventory"),
      "apps/x/kustomization.yaml": "resources: [../release.yaml]\npatches: [{ path: ../evil.yaml }]\n",
    };
    assert.ok(await isFound(patch, ["apps"]), "the patch");
    const named = files("patches: [{ path: evil.yaml }]", {
      "uat/evil.yaml": evil("inventory"),
      "prod/kustomization.yaml": "resources: [../uat/evil.yaml]\n",
    });
    assert.ok(await isFound(named, ["uat", "prod"]), "the patch that another one names");
  });

  it("S3-14 gitops check does not pass a patch that it cannot apply, or that is for no release it knows", async () => {
    const target = "target: { kind: HelmRelease, name: inventory }";
    const cases = [
      `patches: [{ ${target}, patch: '[{ "op": "replace", "path": "/spec/values/none", "value": 1 }]' }]`,
      `patches: [{ patch: '${merge({}).replace("inventory", "other").replace('"spec":{}', '"spec":{"values":{"image":1}}')}' }]`,
      `patches: [{ ${target}, options: { allowNameChange: true }, patch: '${merge(right())}' }]`,
    ];
    for (const kustomization of cases) {
      const rules = (await checked(files(kustomization))).findings.map(({ rule }) => rule);
      assert.ok(rules.includes("image-elsewhere"), kustomization);
    }
  });

  it("S3-14 gitops check takes a host for the same whatever its letters", async () => {
    const text = `kind: Pod\napiVersion: v1\nmetadata: { name: p }\nspec: { containers: [{ name: a, image: "${good().replace("localhost", "LocalHost")}" }] }\n`;
    const { images, findings } = await checked({ "uat/pod.yaml": text });
    assert.deepEqual([images.map(({ state }) => state), findings], [["ok"], []]);
  });
});
