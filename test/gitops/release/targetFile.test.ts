import assert from "node:assert/strict";
import { findImages } from "../../../src/gitops/documents";
import { pairsOf } from "../../../src/gitops/release/earlierImages";
import { writeTarget } from "../../../src/gitops/release/targetFile";
import type { WantedImage } from "../../../src/gitops/release/wanted";
import { IMAGES, outputsFor } from "../../support/release/outputsFor";

const SOURCE = "apps/uat/pod.yaml";
const TARGET = "apps/prod/pod.yaml";
const policy = { signature: false, signers: [] };
const outputs = outputsFor({
  ...{ stage: "prod", host: "prod.example.com", kind: "distribution", policy },
  before: { stage: "uat", host: "uat.example.com", kind: "distribution" },
});
const { stageBefore } = outputs;
assert.ok(stageBefore);
const places = { before: { ...stageBefore, images: IMAGES }, to: outputs };

const digestOf = (character: string) => `sha256:${character.repeat(64)}` as const;
const API = digestOf("a");
const WEB = digestOf("b");

/** Containers by name, in this order. */
const pod = (containers: readonly (readonly [name: string, image: string])[]): string =>
  [
    ...["apiVersion: v1", "kind: Pod", "metadata:", "  name: orders", "spec:", "  containers:"],
    ...containers.flatMap(([name, image]) => [`    - image: ${image}`, `      name: ${name}`]),
    "",
  ].join("\n");

/** What a promotion of the images of these repositories wants; others of the map stay away. */
function wantedOf(text: string, digests: Record<string, typeof API>): WantedImage[] {
  return findImages(SOURCE, text).images.flatMap((site): WantedImage[] => {
    const mapped = IMAGES.find(({ repository }) => site.host !== "docker.io" && repository === site.repository);
    const digest = digests[site.repository];
    if (digest === undefined) return [];
    const { repository, tag = "v2" } = site;
    const from = { ...(site.host === undefined ? {} : { host: site.host }), repository, digest };
    const to = mapped === undefined ? from : { host: "prod.example.com", repository, tag, digest };
    const evidence = { accepted: true, kind: "promotion", what: "promoted", proven: true } as const;
    return [{ sites: [site], from, ...(mapped === undefined ? {} : { mapped }), to, evidence, how: "found" }];
  });
}

const both = { "orders/api": API, "orders/web": WEB };
const write = (source: string, target: string | undefined, digests: Record<string, typeof API> = both) =>
  writeTarget(
    { source: { path: SOURCE, text: source }, target: { path: TARGET, text: target } },
    wantedOf(source, digests),
    places,
  ).text;

const UAT = pod([
  ["api", "uat.example.com/orders/api:v2"],
  ["web", "uat.example.com/orders/web:v2"],
]);

describe("writeTarget", () => {
  it("S3-5 gives each container its own image, whatever the order of containers", () => {
    const before = pod([
      ["web", "prod.example.com/orders/web:v1"],
      ["api", "prod.example.com/orders/api:v1"],
    ]);
    const after = pod([
      ["web", `prod.example.com/orders/web:v2@${WEB}`],
      ["api", `prod.example.com/orders/api:v2@${API}`],
    ]);
    assert.equal(write(UAT, before), after);
  });

  it("S3-5 leaves alone a container whose image the source does not have", () => {
    const source = pod([["api", "uat.example.com/orders/api:v2"]]);
    const web = ["web", "prod.example.com/orders/web:v1"] as const;
    for (const order of [0, 1]) {
      const withApi = (image: string) => {
        const api = ["api", image] as const;
        return pod(order === 0 ? [web, api] : [api, web]);
      };
      const before = withApi("prod.example.com/orders/api:v1");
      assert.equal(write(source, before), withApi(`prod.example.com/orders/api:v2@${API}`));
    }
  });

  it("S3-5 refuses a place of the same container that names another image of the map", () => {
    const source = pod([["api", "uat.example.com/orders/api:v2"]]);
    assert.throws(() => write(source, pod([["api", "prod.example.com/orders/web:v1"]])), {
      code: "CHANGE_REFUSED",
      message: /has no place for orders\/api/,
    });
  });

  it("S3-5 takes an image of no stage by the name of its container, never by its number", () => {
    const named = pod([
      ["web", "placeholder.example.com/web"],
      ["api", "placeholder.example.com/api"],
    ]);
    const after = pod([
      ["web", `prod.example.com/orders/web:v2@${WEB}`],
      ["api", `prod.example.com/orders/api:v2@${API}`],
    ]);
    assert.equal(write(UAT, named), after);
    const unknown = pod([["first", "placeholder.example.com/api"]]);
    assert.throws(() => write(UAT, unknown), { code: "CHANGE_REFUSED", message: /has no place for orders\/api/ });
  });

  it("S3-5 refuses a place that could get two versions of an image", () => {
    const source = pod([
      ["api", "uat.example.com/orders/api:v2"],
      ["old", "uat.example.com/orders/api:v1"],
    ]);
    assert.throws(() => write(source, pod([["other", "prod.example.com/orders/api:v0"]])), {
      code: "CHANGE_REFUSED",
      message: /could be each of/,
    });
    const named = pod([
      ["old", "prod.example.com/orders/api:v0"],
      ["api", "prod.example.com/orders/api:v0"],
    ]);
    const after = pod([
      ["old", `prod.example.com/orders/api:v1@${API}`],
      ["api", `prod.example.com/orders/api:v2@${API}`],
    ]);
    assert.equal(write(source, named), after);
  });

  it("S3-5 S3-6 refuses to make a file with an image that was not accepted for the stage", () => {
    assert.throws(() => write(UAT, undefined, { "orders/api": API }), {
      code: "CHANGE_REFUSED",
      message: /apps\/prod\/pod\.yaml.*"uat\.example\.com\/orders\/web:v2".*line 9, spec\.containers\.1\.image/,
    });
    const made = pod([
      ["api", `prod.example.com/orders/api:v2@${API}`],
      ["web", `prod.example.com/orders/web:v2@${WEB}`],
    ]);
    assert.equal(write(UAT, undefined), made);
  });

  it("S3-6 makes a file with somebody else's chart, which is no image that runs", () => {
    const chart = [
      ...[
        "---",
        "apiVersion: source.toolkit.fluxcd.io/v1",
        "kind: OCIRepository",
        "metadata:",
        "  name: chart",
        "spec:",
      ],
      ...["  url: oci://charts.example.com/orders", "  ref:", '    tag: "1.0.0"', ""],
    ].join("\n");
    assert.ok(write(`${UAT}${chart}`, undefined).endsWith(chart));
  });
});

describe("gitops rollback", () => {
  const pairs = (now: string, earlier: string) =>
    pairsOf(TARGET, now, earlier, { outputs, images: undefined }).map(({ site, was }) => [
      ...[site.repository, was.repository, was.tag],
    ]);
  const at = (version: string, order: readonly ("api" | "web")[]) =>
    pod(order.map((name) => [name, `prod.example.com/orders/${name}:${version}`]));

  it("S3-13 gives each container the image that it had, whatever the order of containers", () => {
    assert.deepEqual(pairs(at("v2", ["web", "api"]), at("v1", ["api", "web"])), [
      ["orders/web", "orders/web", "v1"],
      ["orders/api", "orders/api", "v1"],
    ]);
  });

  it("S3-13 refuses a container that named another image then", () => {
    assert.throws(() => pairs(at("v2", ["web"]), at("v1", ["api"])), {
      code: "CHANGE_REFUSED",
      message: /named no image then/,
    });
  });
});
