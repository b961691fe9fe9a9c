import assert from "node:assert/strict";
import { type Digest } from "../../../src/base/digest";
import type { Catalog } from "../../../src/console/model";
import { imagePage } from "../../../src/console/pages/image";
import { PREDICATES } from "../../../src/images/recordSchemas";
import { statementOf } from "../../../src/images/records";
import { attachArtifact, attachUnlisted } from "../../../src/oci/artifact";
import { bundleArtifact } from "../../../src/signing";
import { ConsoleGround, ok } from "../../support/console/ground";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";
import { refusal, withHeaders } from "../../support/registries/quirks";
import { buildOf } from "../../support/release/world";

const SPDX = {
  spdxVersion: "SPDX-2.3",
  packages: [
    { name: "openssl", versionInfo: "3.0.15" },
    { name: "busybox", versionInfo: "1.36" },
  ],
};

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

  it("trust says which SBOM it shows in part, and that a signed one could not be read", async () => {
    const digest = await ground.image("secure", "orders/api", "sbom-cut");
    const target = ground.repository("secure", "orders/api");
    const subject = await target.resolve(digest);
    assert.ok(subject);
    const packages = Array.from({ length: 10_001 }, (_, at) => ({ name: `package-${at}`, versionInfo: "1" }));
    const documents = [{ spdxVersion: "SPDX-2.3", packages }, { Data: "SPDXVersion: SPDX-2.3" }];
    for (const document of documents) {
      const statement = statementOf(digest, "orders/api", "https://spdx.dev/Document", document);
      const artifact = bundleArtifact(await ground.signer.signStatement(statement), "https://spdx.dev/Document");
      await attachArtifact(target, artifact, subject);
    }
    const { sboms, unread = [] } = ok(await catalog.trust("orders/api", digest));
    assert.deepEqual(
      sboms.map(({ packages: listed }) => listed.length),
      [10_000],
    );
    assert.deepEqual(unread.map((what) => what.replace(/^SBOM sha256:\w+: /, "")).sort(), [
      "its packages behind the first 10000",
      "neither SPDX nor CycloneDX in JSON",
    ]);
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
});
