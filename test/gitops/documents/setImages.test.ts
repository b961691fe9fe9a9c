import assert from "node:assert/strict";
import type { Digest } from "../../../src/base/digest";
import { DualRegistryError } from "../../../src/base/errors";
import { findImages, type ImageChange, setImages } from "../../../src/gitops/documents";

const A: Digest = `sha256:${"a".repeat(64)}`;
const B: Digest = `sha256:${"b".repeat(64)}`;

type To = ImageChange["to"];

/** The text after the change of the image at this index. */
function changed(text: string, to: To, { at = 0, digestAs }: { at?: number; digestAs?: "key" | "tag" } = {}): string {
  const site = findImages("release.yaml", text).images[at];
  assert.ok(site);
  return setImages("release.yaml", text, [{ site, to, ...(digestAs === undefined ? {} : { digestAs }) }]);
}

const refuses = (act: () => unknown, problem: RegExp) =>
  assert.throws(
    act,
    (error) => error instanceof DualRegistryError && error.code === "CHANGE_REFUSED" && problem.test(error.message),
  );

const TO: To = { host: "prod.example.com", tag: "v2", digest: B };
const CASES: readonly (readonly [string, string, To, string])[] = [
  ["a string", `image: ghcr.io/a:v1 # runs\n`, TO, `image: prod.example.com/a:v2@${B} # runs\n`],
  ["quotes that are there", `image: 'ghcr.io/a:v1'\n`, TO, `image: 'prod.example.com/a:v2@${B}'\n`],
  [
    "a marker of Flux's setters",
    `image:\n  repository: ghcr.io/a\n  tag: v1 # {"$imagepolicy": "flux-system:a:tag"}\n`,
    { tag: "v2" },
    `image:\n  repository: ghcr.io/a\n  tag: v2 # {"$imagepolicy": "flux-system:a:tag"}\n`,
  ],
  [
    "a number-like tag",
    "image:\n  repository: ghcr.io/a\n  tag: v1\n",
    { tag: "1.20" },
    'image:\n  repository: ghcr.io/a\n  tag: "1.20"\n',
  ],
  [
    "an exponent",
    "image:\n  repository: ghcr.io/a\n  tag: v1\n",
    { tag: "12e4567" },
    'image:\n  repository: ghcr.io/a\n  tag: "12e4567"\n',
  ],
  [
    "a tag that is a keyword",
    "image:\n  repository: ghcr.io/a\n  tag: v1\n",
    { tag: "on" },
    'image:\n  repository: ghcr.io/a\n  tag: "on"\n',
  ],
  [
    "an empty tag",
    "image:\n  repository: ghcr.io/a\n  tag: # none\n",
    { tag: "v2" },
    "image:\n  repository: ghcr.io/a\n  tag: v2 # none\n",
  ],
  [
    "an empty tag in a flow",
    "image: {repository: ghcr.io/a, tag:}\n",
    { tag: "v2" },
    "image: {repository: ghcr.io/a, tag: v2}\n",
  ],
  [
    "a digest behind the tag",
    "image:\n  repository: ghcr.io/a\n  tag: v1\n",
    TO,
    `image:\n  repository: prod.example.com/a\n  tag: v2@${B}\n`,
  ],
  [
    "a digest in its own key",
    `image: { repository: ghcr.io/a, tag: v1, digest: ${A} }\n`,
    TO,
    `image: { repository: prod.example.com/a, tag: v2, digest: ${B} }\n`,
  ],
  [
    "a digest's key beside a registry, in a block",
    "image:\r\n    registry: ghcr.io\r\n    repository: a\r\n    tag: v1 # x\r\n    pull: always\r\n",
    TO,
    `image:\r\n    registry: prod.example.com\r\n    repository: a\r\n    tag: v2 # x\r\n    digest: ${B}\r\n    pull: always\r\n`,
  ],
  [
    "a digest's key beside a registry, in a flow",
    "image: { registry: ghcr.io, repository: a, tag: v1 } # x",
    TO,
    `image: { registry: prod.example.com, repository: a, tag: v2, digest: ${B} } # x`,
  ],
  [
    "a key at the end of a file without a line end",
    "image:\n  registry: ghcr.io\n  repository: a\n  tag: v1",
    { digest: B },
    `image:\n  registry: ghcr.io\n  repository: a\n  tag: v1\n  digest: ${B}`,
  ],
  [
    "a key in a list's entry",
    "list:\n  - repository: a\n    registry: ghcr.io\n    tag: v1\n",
    { digest: B },
    `list:\n  - repository: a\n    registry: ghcr.io\n    tag: v1\n    digest: ${B}\n`,
  ],
  [
    "a key in JSON",
    '{"image": {"registry": "ghcr.io", "repository": "a", "tag": "v1"}}',
    { digest: B },
    `{"image": {"registry": "ghcr.io", "repository": "a", "tag": "v1", "digest": "${B}"}}`,
  ],
  [
    "a tag that is not there",
    "image:\n  repository: ghcr.io/a\n",
    { tag: "v2", digest: B },
    `image:\n  repository: ghcr.io/a\n  tag: v2@${B}\n`,
  ],
  [
    "a block scalar",
    "image:\n  repository: ghcr.io/a\n  tag: |-\n    v1\n",
    { tag: "v2" },
    "image:\n  repository: ghcr.io/a\n  tag: |-\n    v2\n",
  ],
  [
    "a registry with the path's beginning",
    "image: { registry: ghcr.io/company, repository: a, tag: v1 }\n",
    { host: "prod.example.com" },
    "image: { registry: prod.example.com/company, repository: a, tag: v1 }\n",
  ],
  [
    "another path",
    "image: { registry: ghcr.io/company, repository: a, tag: v1 }\n",
    { repository: "mirror/a" },
    "image: { registry: ghcr.io, repository: mirror/a, tag: v1 }\n",
  ],
  [
    "global.imageRegistry of one image",
    "global: { imageRegistry: ghcr.io }\nimage: { repository: a, tag: v1 }\n",
    { host: "prod.example.com" },
    "global: { imageRegistry: prod.example.com }\nimage: { repository: a, tag: v1 }\n",
  ],
  [
    "a host that is not there",
    "image: { repository: a, tag: v1 }\n",
    { host: "prod.example.com" },
    "image: { repository: prod.example.com/a, tag: v1 }\n",
  ],
  [
    "an image of Kustomize's",
    "resources: []\nimages:\n  - name: ghcr.io/a\n    newTag: v1\n",
    TO,
    `resources: []\nimages:\n  - name: ghcr.io/a\n    newTag: v2\n    newName: prod.example.com/a\n    digest: ${B}\n`,
  ],
  [
    "an OCIRepository",
    "kind: OCIRepository\nspec: { url: oci://ghcr.io/a, ref: { tag: 1.0.0 } }\n",
    TO,
    `kind: OCIRepository\nspec: { url: oci://prod.example.com/a, ref: { tag: v2, digest: ${B} } }\n`,
  ],
  [
    "nothing",
    "image:   { repository: 'ghcr.io/a',tag: v1 }\n",
    { tag: "v1" },
    "image:   { repository: 'ghcr.io/a',tag: v1 }\n",
  ],
];

describe("setImages", () => {
  for (const [name, before, to, after] of CASES) {
    it(`S3-5 setImages changes ${name}, and no other character`, () => assert.equal(changed(before, to), after));
  }

  it("S3-5 setImages puts a digest where it is asked to", () => {
    const text = "image: { repository: ghcr.io/a, tag: v1 }\n";
    assert.equal(
      changed(text, { digest: B }, { digestAs: "key" }),
      `image: { repository: ghcr.io/a, tag: v1, digest: ${B} }\n`,
    );
    assert.equal(changed(text, { digest: B }, { digestAs: "tag" }), `image: { repository: ghcr.io/a, tag: v1@${B} }\n`);
  });

  const shared =
    "a: &a { image: { repository: ghcr.io/a, tag: v1 } }\nb: { <<: *a }\nc: { <<: *a, image: { repository: ghcr.io/c, tag: v3 } }\n";
  it("S3-5 setImages refuses a change at an anchor that another place would share, unless all its places are meant", () => {
    refuses(
      () => changed(shared, { tag: "v2" }),
      /b\.image\.tag would change too; an anchor gives one value to several places/,
    );
    refuses(() => changed(shared, { tag: "v2" }, { at: 1 }), /a\.image\.tag would change too/);
    const { images } = findImages("release.yaml", shared);
    const both = images.slice(0, 2).map((site) => ({ site, to: { tag: "v2" } }));
    assert.equal(setImages("release.yaml", shared, both), shared.replace("v1", "v2"));
    const [one, other] = both;
    assert.ok(one && other);
    refuses(
      () => setImages("release.yaml", shared, [one, { ...other, to: { tag: "v4" } }]),
      /one value would become "v2" and "v4"/,
    );
  });

  it("S3-5 setImages refuses another global.imageRegistry for one of several images", () => {
    const text =
      "global: { imageRegistry: ghcr.io }\na: { image: { repository: a, tag: v1 } }\nb: { image: { repository: b, tag: v1 } }\n";
    refuses(() => changed(text, { host: "prod.example.com" }), /line 3, b\.image: b would change too; name it as well/);
    const sites = findImages("release.yaml", text).images;
    const all = setImages(
      "release.yaml",
      text,
      sites.map((site) => ({ site, to: { host: "prod.example.com" } })),
    );
    assert.equal(all, text.replace("ghcr.io", "prod.example.com"));
  });

  const image = "image: { repository: ghcr.io/a, tag: v1 }\n";
  for (const [name, text, to, problem] of [
    ["a tag that no registry takes", image, { tag: "v1+2" }, /"v1\+2" has a form that no registry takes/],
    ["what is no repository", image, { repository: "Company/a" }, /"Company\/a" is no repository/],
    ["what is no host", image, { host: "robot:hunter2@ghcr.io" }, /is no registry host/],
    [
      "another tag beside a digest that decides",
      `image: ghcr.io/a:v1@${A}\n`,
      { tag: "v2" },
      /decides, so another tag alone changes nothing; give the new digest too/,
    ],
    [
      "a key where an anchor holds the image",
      "a: &a { registry: ghcr.io, repository: a }\nimage: { <<: *a }\n",
      { tag: "v2" },
      /image/,
    ],
    [
      "an artifact without a ref",
      "kind: OCIRepository\nspec: { url: oci://ghcr.io/a }\n",
      { tag: "v2" },
      /has no spec\.ref/,
    ],
    [
      "a block of several lines",
      "image:\n  repository: >-\n    ghcr.io/\\\n    a\n  tag: v1\nother: { image: ghcr.io/a:v1 }\n",
      { tag: "v1+" },
      /no registry takes/,
    ],
  ] as const) {
    it(`S3-5 setImages refuses ${name}`, () =>
      refuses(() => changed(text, to, { at: name.includes("anchor") ? 1 : 0 }), problem));
  }

  it("S3-5 setImages refuses a site of a file that has changed since", () => {
    const [site] = findImages("release.yaml", image).images;
    assert.ok(site);
    refuses(
      () => setImages("release.yaml", image.replace("v1", "v3"), [{ site, to: { tag: "v2" } }]),
      /names "ghcr\.io\/a:v1" no longer; read the file again/,
    );
    refuses(() => setImages("release.yaml", "a: 1\n", [{ site, to: { tag: "v2" } }]), /no longer/);
  });
});
