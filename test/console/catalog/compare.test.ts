import assert from "node:assert/strict";
import { digestOf } from "../../../src/base/digest";
import type { Catalog } from "../../../src/console/model";
import { differencesOf } from "../../../src/console/catalog/compare";
import { defined } from "../../../src/base/defined";
import { ConsoleGround, ok } from "../../support/console/ground";
import { AS_ATTESTATION, attestation } from "../../support/images/attestations";
import { FIVE_PLATFORMS, index, indexOf } from "../../support/images/indexes";
import type { LayoutBuilder } from "../../support/images/layoutBuilder";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";

const spdx = (versionInfo: string) => ({ spdxVersion: "SPDX-2.3", packages: [{ name: "openssl", versionInfo }] });

describeWith(["docker-registry", REFERRERS_TOOL], "two images set against each other", () => {
  let ground: ConsoleGround;
  let catalog: Catalog;
  before(async () => {
    ground = await ConsoleGround.begin();
  });
  beforeEach(() => {
    catalog = ground.catalog();
  });
  after(() => ground.end());

  it("compare counts one signature that is trusted, whatever else lies beside it of the same signer", () => {
    const signature = (trusted: boolean) =>
      ({
        form: "bundle",
        trusted,
        policy: "qa secure",
        signer: "a key",
        about: "image",
        descriptor: digestOf(Buffer.of(1)),
      }) as const;
    const side = (...signatures: readonly ReturnType<typeof signature>[]) => ({
      tree: { digest: digestOf(Buffer.of(2)), mediaType: "x", annotations: [], images: [], attestations: [] },
      trust: { signatures, records: [], sboms: [], others: [] },
    });
    for (const both of [
      [signature(true), signature(false)],
      [signature(false), signature(true)],
    ]) {
      assert.deepEqual(differencesOf(side(...both), side(signature(true))).differences, []);
    }
    assert.equal(differencesOf(side(signature(false)), side(signature(true))).differences.length, 1);
  });

  it("compare tells labels apart that begin alike, and records by who signed them", async () => {
    const long = (end: string) => ({ long: `${"a".repeat(5_000)}${end}` });
    await ground.image("secure", "orders/api", "long-1", { labels: long("1") });
    await ground.image("secure", "orders/api", "long-2", { labels: long("2") });
    const [left, right] = ["long-1", "long-2"].map((reference) => ({ repository: "orders/api", reference }));
    assert.ok(left && right);
    const { differences } = ok(await catalog.compare(left, right));
    assert.deepEqual(
      differences.filter(({ topic }) => topic === "labels").map(({ name }) => name),
      ["long"],
    );
  });

  it("compare sets packages of one platform against those of the same platform, where the index says whose they are", async () => {
    const sbomOf = (layout: LayoutBuilder, version: string) =>
      attestation(layout, version, { predicateType: "https://spdx.dev/Document", predicate: spdx(version) });
    const push = (tag: string, versions: readonly [string, string]) =>
      ground.push("secure", "orders/api", tag, async (layout) => {
        const { images } = await index(layout, { seed: tag, platforms: FIVE_PLATFORMS.slice(0, 2) });
        const listed = await Promise.all(
          images.map(async ({ descriptor }, at) => ({
            ...(await sbomOf(layout, versions[at] ?? "")),
            platform: AS_ATTESTATION.platform,
            annotations: { ...AS_ATTESTATION.annotations, "vnd.docker.reference.digest": descriptor.digest },
          })),
        );
        const platforms = images.map(({ descriptor }, at) => ({ ...descriptor, platform: FIVE_PLATFORMS[at] }));
        return indexOf(layout, [...platforms, ...listed]);
      });
    const digest = await push("two-a", ["1.0", "2.0"]);
    await push("two-b", ["1.0", "3.0"]);
    const { sboms } = ok(await catalog.trust("orders/api", digest));
    const { platforms } = ok(await catalog.image("orders/api", digest));
    assert.deepEqual(sboms.map(({ about }) => about).sort(), platforms.map((one) => one.digest).sort());
    const packagesOf = async (platform: string | undefined) => {
      const [left, right] = [
        { repository: "orders/api", reference: "two-a" },
        { repository: "orders/api", reference: "two-b" },
      ];
      const { differences } = ok(await catalog.compare(left, right, defined({ platform })));
      return differences.filter(({ topic }) => topic === "packages");
    };
    assert.deepEqual(await packagesOf(platforms[0]?.platform), []);
    const other = { topic: "packages", name: "openssl", left: "2.0", right: "3.0" };
    assert.deepEqual(await packagesOf(platforms[1]?.platform), [other]);
  });

  it("compare says what two images differ in: labels, packages and signatures, and counts what is equal", async () => {
    const left = await ground.image("secure", "orders/api", "left", { labels: { same: "1", other: "a" } });
    await ground.image("secure", "orders/api", "right", { labels: { same: "1", other: "b" } });
    await ground.sign("secure", "orders/api", left);
    const [from, to] = [
      { repository: "orders/api", reference: "left" },
      { repository: "orders/api", reference: "right" },
    ];
    const compared = ok(await catalog.compare(from, to));
    const label = compared.differences.find(({ topic }) => topic === "labels");
    assert.deepEqual(label, { topic: "labels", name: "other", left: "a", right: "b" });
    assert.equal(compared.platform, "linux/amd64");
    assert.ok(compared.differences.some(({ topic, right }) => topic === "signatures" && right === undefined));
    assert.ok(compared.equal > 0);
  });
});
