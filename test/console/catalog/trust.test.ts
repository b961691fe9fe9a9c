import assert from "node:assert/strict";
import { type Digest, digestOf } from "../../../src/base/digest";
import type { Catalog, Part } from "../../../src/console/model";
import { differencesOf } from "../../../src/console/catalog/compare";
import { imagePage } from "../../../src/console/pages/image";
import { originPage } from "../../../src/console/pages/questions";
import { PREDICATES } from "../../../src/images/recordSchemas";
import { statementOf } from "../../../src/images/records";
import { attachArtifact, attachUnlisted } from "../../../src/oci/artifact";
import { bundleArtifact } from "../../../src/signing";
import { defined } from "../../../src/base/defined";
import { ConsoleGround } from "../../support/console/ground";
import { AS_ATTESTATION, attestation } from "../../support/images/attestations";
import { FIVE_PLATFORMS, index, indexOf } from "../../support/images/indexes";
import type { LayoutBuilder } from "../../support/images/layoutBuilder";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";
import { refusal, withHeaders } from "../../support/registries/quirks";
import { buildOf } from "../../support/release/world";

function ok<T>(part: Part<T>): T {
  if (part.state === "ok") return part.value;
  throw new assert.AssertionError({ message: part.reason });
}

const SPDX = {
  spdxVersion: "SPDX-2.3",
  packages: [
    { name: "openssl", versionInfo: "3.0.15" },
    { name: "busybox", versionInfo: "1.36" },
  ],
};

const spdx = (versionInfo: string) => ({ spdxVersion: "SPDX-2.3", packages: [{ name: "openssl", versionInfo }] });

describeWith(["docker-registry", REFERRERS_TOOL], "trust in the console's images", () => {
  let ground: ConsoleGround;
  let catalog: Catalog;
  before(async () => {
    ground = await ConsoleGround.begin();
  });
  beforeEach(() => {
    catalog = ground.catalog();
  });
  after(() => ground.end());

  const places = [
    ["secure", "orders/api"],
    ["standard", "orders/web"],
  ] as const;

  for (const [imageClass, repository] of places) {
    const attach = async (digest: Digest, predicateType: string, predicate: unknown, signer = ground.signer) => {
      const target = ground.repository(imageClass, repository);
      const subject = await target.resolve(digest);
      assert.ok(subject);
      const statement = statementOf(digest, repository, predicateType, predicate);
      await attachArtifact(target, bundleArtifact(await signer.signStatement(statement), predicateType), subject);
    };

    it(`S0-10 trust says by whose policy and by which key an image of the ${imageClass} registry is signed`, async () => {
      const digest = await ground.image(imageClass, repository, "signed");
      await ground.sign(imageClass, repository, digest);
      await ground.sign(imageClass, repository, digest, ground.stranger);
      const { signatures } = ok(await catalog.trust(repository, digest));
      const [good, bad] = [signatures.find((one) => one.trusted), signatures.find((one) => !one.trusted)];
      assert.equal(signatures.length, 2);
      assert.match(good?.signer ?? "", /^key sha256:[0-9a-f]{64}$/);
      assert.deepEqual([good?.policy, good?.form, good?.about], [`qa ${imageClass}`, "bundle", "image"]);
      assert.equal(bad?.signer, undefined);
      assert.match(bad?.because ?? "", /signed by key sha256:[0-9a-f]{64}; expected/);
    });

    it(`trust reads the packages of an SBOM and a record at the ${imageClass} registry, each with who signed it`, async () => {
      const digest = await ground.image(imageClass, repository, "recorded");
      await attach(digest, "https://spdx.dev/Document", SPDX);
      const record = {
        ...{ version: 1, stage: "qa", class: imageClass, digest, tags: ["recorded"], scans: [], targets: ["qa"] },
        repository: `${ground.hostOf(imageClass)}/${repository}`,
        ...{ build: buildOf("1.2.3"), publishedAt: "2026-11-01T09:00:00Z" },
      };
      await attach(digest, PREDICATES.publish, record);
      await attach(digest, PREDICATES.publish, { ...record, tags: ["forged"] }, ground.stranger);
      const { sboms, records, signatures } = ok(await catalog.trust(repository, digest));
      assert.deepEqual(sboms[0]?.packages, [
        { name: "busybox", version: "1.36" },
        { name: "openssl", version: "3.0.15" },
      ]);
      assert.match(sboms[0].signer ?? "", /^key sha256:/);
      assert.deepEqual(
        records.map(({ how, stage, tags, here }) => ({ how, stage, tags, here })),
        [{ how: "published", stage: "qa", tags: ["recorded"], here: true }],
      );
      assert.deepEqual(signatures.map(({ about }) => about).sort(), ["SBOM", "record", "record"]);
    });
  }

  it("trust asks for the list of referrers once, and not again for a minute", async () => {
    const digest = await ground.image("standard", "orders/web", "asked");
    await ground.sign("standard", "orders/web", digest);
    const requests = await ground.requestsOf("standard", async () => {
      await Promise.all([catalog.trust("orders/web", digest), catalog.trust("orders/web", digest)]);
      await catalog.trust("orders/web", digest);
    });
    assert.equal(requests.filter((line) => line.includes("/referrers/")).length, 1, requests.join("\n"));
  });

  it("origin says which registry holds a digest, and tells self-asserted, signed and recorded apart", async () => {
    const labels = { "org.opencontainers.image.source": "https://example.com/company/orders" };
    const one = await ground.image("secure", "orders/api", "both", { seed: "both", labels });
    const other = await ground.image("standard", "orders/web", "both", { seed: "both", labels });
    assert.equal(one, other);
    await ground.sign("secure", "orders/api", one);
    const { holders, statements } = await catalog.origin(one, () => true);
    assert.deepEqual(
      holders.map(({ registry, repositories }) => [registry.class, ok(repositories)]),
      [
        ["secure", ["orders/api"]],
        ["standard", ["orders/web"]],
      ],
    );
    assert.deepEqual([...new Set(statements.map(({ trust }) => trust))].sort(), ["self-asserted", "signed"]);
    const hidden = await catalog.origin(one, (repository) => repository === "orders/web");
    assert.ok(!JSON.stringify(hidden).includes("orders/api"));
  });

  it("S0-10 origin names a repository whose image stands in the registry of the other class, and nothing where none does", async () => {
    const astray = await ground.image("standard", "orders/api", "astray", { seed: "astray" });
    const misplaced = async (digest: Digest, name = "") =>
      (await catalog.origin(digest, (repository) => repository.includes(name))).holders.map((one) => one.misplaced);
    assert.deepEqual(await misplaced(astray), [undefined, ["orders/api"]]);
    assert.deepEqual(await misplaced(astray, "orders/web"), [undefined, undefined]);
    const inPlace = await ground.image("standard", "orders/web", "in-place", { seed: "in-place" });
    assert.deepEqual(await misplaced(inPlace), [undefined, undefined]);
    const page = originPage(await catalog.origin(astray, () => true)).toString();
    assert.match(page, /in the wrong registry.*orders\/api in the standard registry/);
    ground.fronts.standard.use((asked, next) =>
      asked.path.includes("orders/api") ? Promise.resolve(refusal(403, "DENIED")) : next(),
    );
    try {
      const { holders, unread } = await ground.catalog().origin(inPlace, () => true);
      assert.deepEqual(
        holders.map(({ repositories }) => ok(repositories)),
        [[], ["orders/web"]],
      );
      assert.match(unread?.join("\n") ?? "", /^Whether the standard registry holds it for the other class: /);
    } finally {
      ground.fronts.standard.use();
    }
  });

  it("origin and compare say what could not be read, and take nothing else with it", async () => {
    const labels = { "org.opencontainers.image.source": "https://example.com/company/orders" };
    const digest = await ground.image("standard", "orders/web", "unread", { labels });
    await ground.image("standard", "orders/web", "unread-too", { labels });
    ground.fronts.standard.use((asked, next) =>
      asked.path.includes("/referrers/") ? Promise.resolve(refusal(500, "UNKNOWN")) : next(),
    );
    try {
      const { statements, unread } = await catalog.origin(digest, () => true);
      assert.deepEqual(
        statements.map(({ what, trust }) => [what, trust]),
        [["org.opencontainers.image.source: https://example.com/company/orders", "self-asserted"]],
      );
      assert.match(unread?.join("\n") ?? "", /^Signatures and records of orders\/web: .*500/);
      const [left, right] = ["unread", "unread-too"].map((reference) => ({ repository: "orders/web", reference }));
      assert.ok(left && right);
      const compared = ok(await catalog.compare(left, right));
      assert.equal(compared.unread?.length, 2);
      assert.match(compared.unread[0] ?? "", /^Signatures, records and packages of orders\/web: /);
    } finally {
      ground.fronts.standard.use();
    }
  });

  it("origin says that others may hold a digest, where a visitor may read a part alone", async () => {
    const digest = await ground.image("standard", "orders/web", "part");
    const page = async (mayRead: (name: string) => boolean) =>
      originPage(await ground.catalog().origin(digest, mayRead)).toString();
    assert.match(await page(() => true), /in no other of this stage/);
    assert.match(await page((name) => name === "orders/web"), /in no other, as far as you may read/);
  });

  it("trust finds the signature behind a hundred other statements, and says that there are more", async () => {
    const digest = await ground.image("secure", "orders/api", "scanned");
    const target = ground.repository("secure", "orders/api");
    const subject = await target.resolve(digest);
    assert.ok(subject);
    const predicate = "https://cosign.sigstore.dev/attestation/vuln/v1";
    const scans = await Promise.all(
      Array.from({ length: 100 }, async (_, scan) => {
        const statement = statementOf(digest, "orders/api", predicate, { scan });
        return bundleArtifact(await ground.signer.signStatement(statement), predicate);
      }),
    );
    await target.list((await attachUnlisted(target, scans, subject)).unlisted);
    await ground.sign("secure", "orders/api", digest);
    const { signatures, unread } = ok(await catalog.trust("orders/api", digest));
    assert.deepEqual(
      signatures.filter(({ about }) => about === "image").map(({ trusted }) => trusted),
      [true],
    );
    assert.match(unread?.join("\n") ?? "", /More bundles than are read/);
  });

  it("trust reads no SBOM that would take the console's memory, and says so instead of none", async () => {
    const document = (components: string) => Buffer.from(`{"bomFormat":"CycloneDX","components":[${components}]}`);
    const hostile: readonly (readonly [string, Buffer, RegExp])[] = [
      ["many", document(`${"{},".repeat(2_000_000)}{}`), /more than 1500000 values/],
      ["large", document(`"${"a".repeat(17 * 1024 * 1024)}"`), /bytes; allowed: 16777216/],
      ["broken", Buffer.from("{"), /JSON/],
      ["other", Buffer.from("{}"), /neither SPDX nor CycloneDX/],
    ];
    for (const [tag, bytes, why] of hostile) {
      const digest = await ground.image("secure", "orders/api", `sbom-${tag}`);
      const target = ground.repository("secure", "orders/api");
      const subject = await target.resolve(digest);
      assert.ok(subject);
      await attachArtifact(target, { artifactType: "application/vnd.cyclonedx+json", bytes }, subject);
      const trust = await catalog.trust("orders/api", digest);
      const { sboms, unread } = ok(trust);
      assert.deepEqual(sboms, []);
      assert.match(unread?.join("\n") ?? "", why, tag);
      const page = imagePage(ok(await catalog.image("orders/api", digest)), trust).toString();
      assert.match(page, /No SBOM was read/);
    }
  });

  it("a registry that asked for a pause while another question ran is left alone for its rest", async () => {
    const digest = await ground.image("secure", "orders/api", "paused");
    const other = await ground.image("secure", "orders/api", "paused-too");
    ground.fronts.secure.use((asked, next) =>
      asked.path.includes("/referrers/")
        ? Promise.resolve(withHeaders(refusal(429, "TOOMANYREQUESTS"), { "retry-after": "30" }))
        : next(),
    );
    try {
      const parts = await Promise.all([digest, other].map((one) => catalog.trust("orders/api", one)));
      parts.push(await catalog.trust("orders/api", digest));
      for (const part of parts) {
        const seconds = part.state === "unavailable" ? part.retryAfter : undefined;
        assert.ok(seconds !== undefined && seconds > 0 && seconds <= 30, JSON.stringify(part));
      }
    } finally {
      ground.fronts.secure.use();
    }
  });

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

  it("trust counts no publication where images come by promotion, and says why", async () => {
    const digest = await ground.image("secure", "orders/api", "published");
    const target = ground.repository("secure", "orders/api");
    const [subject, name] = [await target.resolve(digest), `${ground.hostOf("secure")}/orders/api`];
    assert.ok(subject);
    const record = {
      ...{ version: 1, stage: "uat", class: "secure", digest, tags: ["published"], scans: [], targets: ["prod"] },
      ...{ repository: name, publishedAt: "2026-11-21T08:00:00Z", build: buildOf("1.2.3") },
    };
    const statement = statementOf(digest, name, PREDICATES.publish, record);
    await attachArtifact(
      target,
      bundleArtifact(await ground.signer.signStatement(statement), PREDICATES.publish),
      subject,
    );
    const uat = ground.catalog({ settings: { ...ground.settings, stage: "uat" } });
    const [one] = ok(await uat.trust("orders/api", digest)).records;
    assert.deepEqual(
      [one?.here, one?.because],
      [true, "images come to this stage by promotion, and this is a publication"],
    );
    const { statements } = await uat.origin(digest, () => true);
    assert.ok(statements.some(({ what, trust }) => what.includes("does not count here") && trust === "untrusted"));
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
