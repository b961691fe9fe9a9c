import assert from "node:assert/strict";
import { join } from "node:path";
import { exportImages } from "../../src/cli/image/export";
import { verify as verifyImage } from "../../src/cli/image/verify";
import type { Mirrored } from "../../src/images/mirror";
import { MEDIA } from "../../src/oci/manifest";
import {
  describeWith,
  digestTags,
  GHOST,
  headSays,
  instead,
  manifestsTyped,
  type Quirk,
  REFERRERS_TOOL,
  referrersAnswered,
  referrersListed,
  startDistribution,
  startQuirky,
  startReferrers,
  tagsLinkElsewhere,
  tagsRefused,
  type TestRegistry,
  withHeaders,
} from "../support/registries";
import { Commands, quick } from "../support/release/commands";
import { outputsFor } from "../support/release/outputsFor";
import { World } from "../support/release/world";

const ghost = { mediaType: MEDIA.ociManifest, digest: GHOST, size: 777, artifactType: "application/vnd.example" };

/** A quirk of manifests alone. */
const ofManifests =
  (quirk: Quirk): Quirk =>
  (asked, next, ask) =>
    asked.path.includes("/manifests/") ? quirk(asked, next, ask) : next();

const lengthless: Quirk = async ({ method }, next) => {
  const answered = await next();
  return method === "GET" ? withHeaders(answered, { "content-length": undefined }) : answered;
};

/** How a registry differs, by what the public reports call it; with the API of referrers behind it, or without. */
const REGISTRIES: readonly (readonly [what: string, api: boolean, ...quirks: readonly Quirk[]])[] = [
  ["lists referrers that it has deleted", true, referrersListed((manifests) => [...manifests, ghost])],
  ["lists referrers with other sizes", true, referrersListed((all) => all.map((each) => ({ ...each, size: 1965 })))],
  [
    "lists referrers by the type of an image's configuration, without annotations",
    true,
    referrersListed((all) => all.map((each) => ({ ...each, artifactType: MEDIA.ociConfig, annotations: undefined }))),
  ],
  [
    "lists referrers without their types",
    true,
    referrersListed((all) => all.map((each) => ({ ...each, artifactType: undefined, annotations: undefined }))),
  ],
  [
    "calls its list of referrers JSON",
    true,
    referrersAnswered((answered) => withHeaders(answered, { "content-type": "application/json" })),
  ],
  [
    "answers a line of text with 200 for referrers",
    false,
    referrersAnswered(() => instead(200, "404 page not found\n")),
  ],
  ["lists no tags (403)", false, tagsRefused(403)],
  ["names the next page of tags elsewhere", false, tagsLinkElsewhere("/v2/api/tags/list?last=1000&n=1000")],
  ["takes the tag of a digest for the digest", false, digestTags],
  ["calls every manifest JSON", false, manifestsTyped("application/json")],
  ["gives no manifest a type", false, manifestsTyped(undefined)],
  ["says a wrong length of a manifest to a HEAD", false, ofManifests(headSays({ "content-length": "7" }))],
  ["sends manifests without their length", false, ofManifests(lengthless)],
  [
    "says neither length nor digest to a HEAD",
    false,
    headSays({ "content-length": undefined, "docker-content-digest": undefined }),
  ],
];

describeWith(["docker-registry", REFERRERS_TOOL], "publish, promote, verify and export at a registry that", () => {
  let world: World;
  let commands: Commands;
  let api: TestRegistry;
  let tags: TestRegistry;
  before(async () => {
    [world, api, tags] = await Promise.all([World.begin(), startReferrers(), startDistribution()]);
    commands = new Commands(world);
  });
  after(async () => {
    await Promise.all([world.end(), api.stop(), tags.stop()]);
  });

  REGISTRIES.forEach(([what, hasApi, ...quirks], at) => {
    it(`${what}: all four end with 0, and nothing is lost (S2-15, S2-16)`, async () => {
      const version = `v1.0.${at}-rc1`;
      const registry = await startQuirky((hasApi ? api : tags).host, ...quirks);
      try {
        const { policy } = world;
        const from = { stage: "qa", host: registry.host, kind: "distribution" } as const;
        const to = { stage: "uat", host: world.uat.host, kind: "distribution", policy, before: from } as const;
        const built = await world.build(version, { seed: what });
        const { digest } = built.descriptor;
        const published = await commands.publish(built, version, { outputs: quick(outputsFor({ ...from, policy })) });
        assert.equal(published.code, 0, published.stderr);
        const again = await commands.publish(built, version, { outputs: quick(outputsFor({ ...from, policy })) });
        assert.equal(again.code, 0, again.stderr);
        const promoted = await commands.promote(built, version, { outputs: quick(outputsFor(to)) });
        assert.equal(promoted.code, 0, promoted.stdout + promoted.stderr);
        for (const outputs of [outputsFor({ ...from, policy }), outputsFor(to)]) {
          const options = { outputs: commands.outputs(outputs), format: "text" as const };
          const verified = await commands.run((io) => verifyImage.run(`orders/api:${version}`, options, io));
          assert.equal(verified.code, 0, verified.stdout + verified.stderr);
        }
        const name = `${registry.host}/orders/api:${version}`;
        const where = { to: join(world.dir, `mirror-${at}`), format: "json" as const };
        const exported = await commands.run((io) => exportImages.run([name], where, io));
        assert.equal(exported.code, 0, exported.stderr);
        const [one] = JSON.parse(exported.stdout) as Mirrored[];
        await world.registries(async (registries) => {
          const there = await registries.session(world.uat.host).repository("orders/api").referrers(digest);
          const referrers = new Set(there.map((each) => each.digest));
          // Scan, build, signature and record, scan and record of the second time, and the record of the promotion.
          assert.deepEqual([one?.referrers.length, referrers.size], [6, 7]);
          for (const each of one?.referrers ?? []) assert.ok(referrers.has(each), each);
        });
        const left = one?.leftOut?.map(({ reference }) => reference);
        assert.deepEqual(left, what.includes("deleted") ? [GHOST] : undefined);
      } finally {
        await registry.stop();
      }
    });
  });
});
