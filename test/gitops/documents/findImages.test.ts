import assert from "node:assert/strict";
import { findImages } from "../../../src/gitops/documents";
import { formatReference } from "../../../src/base/reference";

const A = `sha256:${"a".repeat(64)}`;
const RELEASE =
  "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: inventory, namespace: shop }\n";

/** A HelmRelease of these values. */
const release = (values: string) => `${RELEASE}spec:\n  values:\n${values.replace(/^(?=.)/gm, "    ")}`;

/** Each image as `path form text`. */
const listed = (text: string) =>
  findImages("release.yaml", text).images.map(
    ({ path, form, host = "", ...rest }) =>
      `${path.join(".")} ${form} ${formatReference({ host, ...rest }).replace(/^\//, "")}`,
  );

const FORMS: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "repository and tag",
    release("image:\n  repository: ghcr.io/company/a\n  tag: v1\n"),
    ["spec.values.image parts ghcr.io/company/a:v1"],
  ],
  ["repository without a tag", release("image: { repository: company/a }\n"), ["spec.values.image parts company/a"]],
  ["one string", release(`image: ghcr.io/company/a:v1@${A}\n`), [`spec.values.image string ghcr.io/company/a:v1@${A}`]],
  [
    "a registry apart",
    release("image: { registry: ghcr.io, repository: company/a, tag: v1 }\n"),
    ["spec.values.image parts ghcr.io/company/a:v1"],
  ],
  [
    "a registry apart with the path's beginning",
    release("image: { registry: ghcr.io/company, repository: a, tag: v1 }\n"),
    ["spec.values.image parts ghcr.io/company/a:v1"],
  ],
  [
    "a digest apart",
    release(`image: { repository: ghcr.io/a, tag: v1, digest: "${A}" }\n`),
    [`spec.values.image parts ghcr.io/a:v1@${A}`],
  ],
  [
    "a digest in the tag",
    release(`image: { repository: ghcr.io/a, tag: "v1@${A}" }\n`),
    [`spec.values.image parts ghcr.io/a:v1@${A}`],
  ],
  [
    "empty parts",
    release('image: { registry: "", repository: ghcr.io/a, tag: "", digest: ~ }\n'),
    ["spec.values.image parts ghcr.io/a"],
  ],
  [
    "a name below image",
    release("sidecarImage: { name: ghcr.io/a, version: v1 }\n"),
    ["spec.values.sidecarImage parts ghcr.io/a:v1"],
  ],
  ["keys side by side", release("imageName: ghcr.io/a\nimageTag: v1\n"), ["spec.values.imageName parts ghcr.io/a:v1"]],
  [
    "keys side by side with a name",
    release("jobImageRepository: a\njobImageTag: v1\njobImageRegistry: ghcr.io\n"),
    ["spec.values.jobImageRepository parts ghcr.io/a:v1"],
  ],
  [
    "a string with its tag beside",
    release("image: ghcr.io/a\nimageTag: v1\n"),
    ["spec.values.image parts ghcr.io/a:v1"],
  ],
  [
    "lists",
    release(
      "sidecars:\n  - image: ghcr.io/a:v1\n  - image: { repository: ghcr.io/b, tag: v2 }\nextraImages: [ghcr.io/c:v3]\n",
    ),
    [
      "spec.values.sidecars.0.image string ghcr.io/a:v1",
      "spec.values.sidecars.1.image parts ghcr.io/b:v2",
      "spec.values.extraImages.0 string ghcr.io/c:v3",
    ],
  ],
  [
    "global.imageRegistry",
    release(
      "global: { imageRegistry: registry.example.com }\nimage: { registry: ghcr.io, repository: a, tag: v1 }\nother: { image: { repository: ghcr.io/b, tag: v2 } }\n",
    ),
    ["spec.values.image parts registry.example.com/a:v1", "spec.values.other.image parts ghcr.io/b:v2"],
  ],
  [
    "an anchor and a merge",
    release(
      "base: &base\n  repository: ghcr.io/a\n  tag: &tag v1\nimage: { <<: *base, tag: v2 }\njob: { image: { repository: ghcr.io/j, tag: *tag } }\n",
    ),
    [
      "spec.values.base parts ghcr.io/a:v1",
      "spec.values.image parts ghcr.io/a:v2",
      "spec.values.job.image parts ghcr.io/j:v1",
    ],
  ],
  [
    "number-like tags",
    release(
      "a: { image: { repository: ghcr.io/a, tag: 1.10 } }\nb: { image: { repository: ghcr.io/b, tag: 0123e4 } }\n",
    ),
    ["spec.values.a.image parts ghcr.io/a:1.10", "spec.values.b.image parts ghcr.io/b:0123e4"],
  ],
  [
    "a block scalar",
    release("image:\n  repository: >-\n    ghcr.io/a\n  tag: |\n    v1\n"),
    ["spec.values.image parts ghcr.io/a:v1"],
  ],
  [
    "several documents, CRLF and a byte order mark",
    `\ufeff${release("image: ghcr.io/a:v1\n")}---\n${release("image: ghcr.io/b:v2\n")}`.replaceAll("\n", "\r\n"),
    ["spec.values.image string ghcr.io/a:v1", "spec.values.image string ghcr.io/b:v2"],
  ],
  [
    "post-renderers",
    `${RELEASE}spec:\n  postRenderers:\n    - kustomize:\n        images: [{ name: a, newName: ghcr.io/a, newTag: v1, digest: "${A}" }, { name: only }]\n`,
    [`spec.postRenderers.0.kustomize.images.0 parts ghcr.io/a:v1@${A}`],
  ],
  [
    "Flux's Kustomization",
    "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: { images: [{ name: ghcr.io/a, newTag: v1 }] }\n",
    ["spec.images.0 parts ghcr.io/a:v1"],
  ],
  [
    "a kustomization.yaml without a kind",
    "resources: [a.yaml]\nimages: [{ name: ghcr.io/a, newTag: v1 }]\n",
    ["images.0 parts ghcr.io/a:v1"],
  ],
  [
    "an OCIRepository",
    "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec: { url: oci://ghcr.io/charts/a, ref: { tag: 1.2.3 } }\n",
    ["spec parts ghcr.io/charts/a:1.2.3"],
  ],
  [
    "a Deployment",
    "apiVersion: apps/v1\nkind: Deployment\nspec: { template: { spec: { initContainers: [{ image: busybox }], containers: [{ image: ghcr.io/a:v1 }], volumes: [{ name: data, image: { reference: ghcr.io/d:v2 } }] } } }\n",
    [
      "spec.template.spec.initContainers.0.image string busybox",
      "spec.template.spec.containers.0.image string ghcr.io/a:v1",
      "spec.template.spec.volumes.0.image.reference string ghcr.io/d:v2",
    ],
  ],
  [
    "a CronJob in a List",
    "apiVersion: v1\nkind: List\nitems:\n- { kind: CronJob, spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image: ghcr.io/a:v1 }] } } } } } }\n",
    ["items.0.spec.jobTemplate.spec.template.spec.containers.0.image string ghcr.io/a:v1"],
  ],
  ["a file of values", "image: { repository: ghcr.io/a, tag: v1 }\n", ["image parts ghcr.io/a:v1"]],
  ["JSON", '{"image": {"repository": "ghcr.io/a", "tag": "v1"}}', ["image parts ghcr.io/a:v1"]],
  [
    "nothing of an ImageRepository or what is no image",
    `apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\nspec: { image: ghcr.io/a }\n---\n${release("image: true\nuseImage: ~\ngit: { repository: company/clusters }\nimageName: a\nimages: []\n")}`,
    [],
  ],
];

describe("findImages", () => {
  for (const [name, text, expected] of FORMS) {
    it(`S3-5 S3-10 findImages reads ${name}`, () => assert.deepEqual(listed(text), expected));
  }

  it("S3-10 findImages says object, document and line of an image", () => {
    const { images } = findImages(
      "apps/release.yaml",
      `nothing: 1\n---\n${release("# inventory\nimage: ghcr.io/company/a:v1\n")}`,
    );
    const object = {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      namespace: "shop",
      name: "inventory",
    };
    const place = {
      file: "apps/release.yaml",
      document: 1,
      object,
      path: ["spec", "values", "image"],
      form: "string",
      line: 9,
    };
    assert.deepEqual(images, [{ ...place, host: "ghcr.io", repository: "company/a", tag: "v1" }]);
  });

  it("S3-5 findImages says where what decides stands elsewhere, and shows no password of an address", () => {
    const text = `${RELEASE}spec:
  chart: { spec: { chart: inventory, sourceRef: { kind: HelmRepository, name: charts } } }
  valuesFrom:
    - { kind: ConfigMap, name: inventory-values }
    - { kind: Secret, name: tags, valuesKey: tag, targetPath: image.tag }
  postRenderers:
    - kustomize: { patches: [{ patch: x }] }
  values:
    image: { repository: ghcr.io/a, tag: "\${TAG}" }
    job: { image: "https://robot:hunter2@ghcr.io/a" }
    twice: { image: { repository: "ghcr.io/a:v1", tag: v2 } }
`;
    const { images, elsewhere } = findImages("release.yaml", text);
    assert.deepEqual(images, []);
    assert.deepEqual(
      elsewhere.map(({ reason, path, line, where }) => `${line} ${reason} ${path.join(".")}: ${where}`),
      [
        '12 substitution spec.values.image.tag: "${TAG}" is filled in later',
        "13 unreadable spec.values.job.image: the value names no image; allowed: host/repository:tag@digest, or one part of it",
        '14 unreadable spec.values.twice.image.tag: "v2" contradicts what stands beside it; allowed: one of them',
        '7 valuesFrom spec.valuesFrom.0: ConfigMap "inventory-values", key "values.yaml", may set any value that spec.values leaves open',
        '8 valuesFrom spec.valuesFrom.1: Secret "tags", key "tag", sets "image.tag" that spec.values leaves open',
        "10 postRenderers spec.postRenderers.0.kustomize.patches: patches of Kustomize may set images",
        '5 chart spec.chart: chart "inventory"; its own values name the images that spec.values leaves open',
      ],
    );
  });

  for (const [kind, spec, where] of [
    ["chartRef", "chartRef: { kind: OCIRepository, name: inventory }", 'chart of OCIRepository "inventory"'],
    [
      "chart.kind: OCIRepository",
      "chart: { kind: OCIRepository, spec: { url: oci://ghcr.io/charts/a } }",
      'chart "oci://ghcr.io/charts/a"',
    ],
  ] as const) {
    it(`S3-5 findImages says that a chart by ${kind} has values of its own`, () => {
      const [chart] = findImages("release.yaml", `${RELEASE}spec:\n  ${spec}\n`).elsewhere;
      assert.equal(chart?.where, `${where}; its own values name the images that spec.values leaves open`);
    });
  }
});
