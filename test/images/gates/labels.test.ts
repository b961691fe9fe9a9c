import assert from "node:assert/strict";
import { bindingRefusals, type LabelFacts, labelProblems } from "../../../src/images/gates/labels";
import type { ImageLabels } from "../../../src/oci/labels";
import { DIGEST, OTHER } from "../../support/signing/samples";

const COMMIT = "3f2a9c1d5e7b8a6f4c2d1e0f9a8b7c6d5e4f3a2b";
const LABELS = {
  "org.opencontainers.image.source": "https://git.example.com/company/orders",
  "org.opencontainers.image.revision": COMMIT,
  "org.opencontainers.image.version": "v1.2.3",
  "org.opencontainers.image.created": "2026-11-21T08:00:00Z",
  "io.dual-registry.binding": "portable",
};
const BOUND = { "io.dual-registry.binding": "stage-bound" };
const HOST = "io.dual-registry.registry-host";
const BUILD = {
  source: "https://git.example.com/company/orders.git",
  commit: COMMIT,
  version: "v1.2.3",
  createdAt: "2026-11-21T08:00:00.000Z",
};
const HOSTS = ["orders.azurecr.io", "qa.secure-registry.company.com"];

type Over = Record<string, string | undefined>;
const images = (over: Over = {}): ImageLabels[] => {
  const all: Over = { ...LABELS, ...over };
  const said = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return [{ digest: DIGEST, config: OTHER, labels: Object.fromEntries(said) }];
};
const facts = (binding: LabelFacts["image"]["binding"] = "portable"): LabelFacts => ({
  image: { class: "secure", binding },
  build: BUILD,
  hosts: HOSTS,
});

describe("labelProblems", () => {
  it("S1-7 labelProblems finds nothing where the labels say what build and map say", () => {
    assert.deepEqual(labelProblems(images({ "io.dual-registry.class": "secure" }), facts()), []);
  });

  const REFUSED: readonly [string, Record<string, string | undefined>, RegExp][] = [
    ["no source", { "org.opencontainers.image.source": undefined }, /image\.source is missing; build with --label/],
    [
      "another commit",
      { "org.opencontainers.image.revision": "a".repeat(40) },
      /image\.revision is "a+".*build metadata/,
    ],
    ["another version", { "org.opencontainers.image.version": "v1.2.4" }, /image\.version is "v1\.2\.4"/],
    ["no time", { "org.opencontainers.image.created": "now" }, /image\.created is "now"; allowed: a time/],
    ["no binding", { "io.dual-registry.binding": undefined }, /binding is missing; build with --label/],
    ["a binding the map does not say", BOUND, /binding is "stage-bound", and the map in Pulumi\.yaml says portable/],
    ["a host in a portable image", { [HOST]: "orders.azurecr.io" }, /a portable image has no host baked in/],
    ["another class", { "io.dual-registry.class": "standard" }, /class is "standard".*secure/],
  ];
  for (const [title, over, message] of REFUSED) {
    it(`labelProblems refuses ${title}, in one line`, () => {
      const [problem = "", ...more] = labelProblems(images(over), facts());
      assert.match(problem, message);
      assert.deepEqual(more, []);
    });
  }

  it("S0-3 labelProblems takes a stage-bound image with the target's login server or vanity host baked in", () => {
    for (const host of HOSTS)
      assert.deepEqual(labelProblems(images({ ...BOUND, [HOST]: host }), facts("stage-bound")), []);
  });

  it("S0-3 labelProblems refuses a stage-bound image with another stage's host baked in, or with none", () => {
    for (const host of ["prod.secure-registry.company.com", "ORDERS.azurecr.io", "orders.azurecr.io.example.com"]) {
      const [problem = ""] = labelProblems(images({ ...BOUND, [HOST]: host }), facts("stage-bound"));
      assert.match(problem, /is baked in; allowed: orders\.azurecr\.io or qa\.secure-registry\.company\.com/);
    }
    assert.match(labelProblems(images(BOUND), facts("stage-bound"))[0] ?? "", /registry-host is missing/);
  });

  it("labelProblems looks at every platform, and names the one", () => {
    const [one] = images();
    const [two] = images({ "org.opencontainers.image.version": "v9.9.9" });
    assert.ok(one && two);
    const problems = labelProblems([one, { ...two, platform: "linux/arm64" }], facts());
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /^"linux\/arm64": label .*version is "v9\.9\.9"/);
  });

  it("labelProblems refuses what has no configuration at all", () => {
    assert.equal(labelProblems([], facts()).length, 1);
  });

  it("labelProblems shortens and quotes what hostile labels say", () => {
    const [problem = ""] = labelProblems(
      images({ "org.opencontainers.image.version": `\u001b[2J${"x".repeat(9000)}` }),
      facts(),
    );
    assert.ok(problem.length < 500);
    assert.doesNotMatch(problem, /\u001b/);
  });
});

describe("bindingRefusals", () => {
  const target = { host: "orders.azurecr.io", repository: "orders/console", tag: "v1.2.3-uat" };
  const portable = { image: { binding: "portable" as const }, target };

  it("bindingRefusals lets a portable image pass", () => {
    assert.deepEqual(bindingRefusals(images(), portable), []);
  });

  it("bindingRefusals refuses a stage-bound image by its label or by the map, with the rebuild command", () => {
    const bound = images({ ...BOUND, [HOST]: "qa.secure-registry.company.com" });
    for (const [given, binding] of [
      [bound, "portable"],
      [images(), "stage-bound"],
    ] as const) {
      const [problem = "", ...more] = bindingRefusals(given, { image: { binding }, target });
      assert.match(problem, /stage-bound/);
      assert.ok(
        problem.includes(`docker buildx build "https://git.example.com/company/orders.git#${COMMIT}"`),
        problem,
      );
      assert.ok(problem.includes(`--label ${HOST}=orders.azurecr.io`), problem);
      assert.deepEqual(more, []);
    }
  });

  it("bindingRefusals refuses one stage-bound platform among others, and an image that does not say", () => {
    assert.equal(bindingRefusals([...images(), ...images(BOUND)], portable).length, 1);
    assert.match(bindingRefusals(images({ "io.dual-registry.binding": undefined }), portable)[0] ?? "", /is missing/);
    assert.match(
      bindingRefusals(images({ "io.dual-registry.binding": "Portable" }), portable)[0] ?? "",
      /is "Portable"/,
    );
    assert.equal(bindingRefusals([], portable).length, 1);
  });

  it("bindingRefusals puts nothing hostile into the command", () => {
    const hostile = {
      ...BOUND,
      "org.opencontainers.image.source": 'https://x/"; rm -rf ~ #',
      "org.opencontainers.image.revision": "$(id)",
    };
    const [problem = ""] = bindingRefusals(images(hostile), portable);
    assert.match(problem, /build "<source>#<commit>"/);
    assert.doesNotMatch(problem, /rm -rf|\$\(id\)/);
  });
});
