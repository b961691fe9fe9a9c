import assert from "node:assert/strict";
import fc from "fast-check";
import { isRepository } from "../../../src/base/reference";
import { referrersTag } from "../../../src/base/referrersTag";
import { deployedTags, imageObjectNames } from "../../../src/domain/cluster/fluxObjects";
import { clusterRegistries, imagePolicyObjects } from "../../../src/domain/cluster/imagePolicies";
import type { REGISTRY_KINDS } from "../../../src/domain/image/registryKind";
import type { TrustedSigner } from "../../../src/domain/image/signers";
import { tagAllowed, tagRules } from "../../../src/domain/image/tags";
import { parseVersion, VERSION_PREFIXES } from "../../../src/domain/image/version";
import { DEFAULT_STAGES } from "../../../src/domain/stage";
import { DIGEST, inputOf, KEY, ofKind, policy, specOf, WORKFLOW } from "../../support/clusters/policyInput";
import { schemeOf } from "../../support/scheme";

describe("fluxObjects", () => {
  it("S3-2 Flux scans each image with the login of its kind, and no tag of signatures", () => {
    const login = (kind: (typeof REGISTRY_KINDS)[number]) => {
      const registries = clusterRegistries(
        { registries: { secure: { kind }, standard: { kind } }, alternatives: { secure: [], standard: [] } },
        { secure: "x", standard: "x" },
      );
      const { provider, secretRef } = specOf(imagePolicyObjects(inputOf("dev", { registries })), "ImageRepository");
      return [provider, secretRef];
    };
    assert.deepEqual(login("acr"), ["azure", undefined]);
    assert.deepEqual(login("ecr"), ["aws", undefined]);
    assert.deepEqual(login("gar"), ["gcp", undefined]);
    assert.deepEqual(login("ghcr"), ["generic", { name: "ghcr-secret" }]);
    const { exclusionList, image } = specOf(imagePolicyObjects(inputOf("dev")), "ImageRepository", "orders-api-dev");
    assert.equal(image, "secure.example.com/company/orders/api");
    const excluded = (tag: string) => (exclusionList as string[]).some((pattern) => new RegExp(pattern).test(tag));
    const sha512 = `sha512:${"0f".repeat(64)}` as const;
    for (const tag of [
      referrersTag(DIGEST),
      referrersTag(sha512),
      ...(["sig", "att", "sbom"] as const).map((suffix) => referrersTag(DIGEST, suffix)),
    ])
      assert.ok(excluded(tag), tag);
    for (const tag of ["v1.2.3", "latest", "sha256-abc", "0123456789abcdef", `x${referrersTag(DIGEST)}`])
      assert.ok(!excluded(tag), tag);
  });

  it("S3-2 Flux chooses among releases alone in prod, and pins what it chose by digest", () => {
    const objects = imagePolicyObjects(inputOf());
    for (const { spec } of ofKind(objects, "ImagePolicy")) {
      assert.equal(spec?.["digestReflectionPolicy"], "IfNotPresent");
      assert.deepEqual(spec["policy"], { semver: { range: ">=0.0.0" } });
    }
    const parts = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((numbers) => numbers.join("."));
    const suffix = fc.constantFrom(
      "",
      "-rc1",
      "-rc.10",
      "-beta2",
      "-beta.20260131120000",
      "-qa",
      "-dev.abc123",
      "-0",
      "+x",
      "-prod",
    );
    fc.assert(
      fc.property(
        fc.constantFrom("", "v"),
        parts,
        suffix,
        fc.constantFrom(...VERSION_PREFIXES),
        (lead, numbers, behind, versionPrefix) => {
          const [tag, scheme] = [`${lead}${numbers}${behind}`, schemeOf(DEFAULT_STAGES, versionPrefix)];
          const takes = (stage: string) => new RegExp(deployedTags(stage, scheme)).test(tag);
          assert.equal(takes("prod"), parseVersion(tag, scheme)?.kind === "release");
          // Whatever is deployed is a tag that the stage's own registry takes.
          for (const stage of DEFAULT_STAGES)
            if (takes(stage)) assert.ok(tagAllowed(tagRules(stage, scheme), tag), stage);
          assert.equal(
            takes("dev"),
            (behind === "" || behind === "-beta.20260131120000") && tagAllowed(tagRules("dev", scheme), tag),
          );
        },
      ),
    );
    for (const tag of ["latest", "dev", "feature-x", "abc1234"])
      assert.ok(!new RegExp(deployedTags("dev", schemeOf())).test(tag));
  });

  it("S3-3 Flux deploys by itself in the first of several stages, and nowhere else", () => {
    const [automation, ...others] = ofKind(imagePolicyObjects(inputOf("dev")), "ImageUpdateAutomation");
    assert.equal(others.length, 0);
    assert.deepEqual(automation?.spec?.["sourceRef"], { kind: "GitRepository", name: "deploy" });
    assert.deepEqual(automation.spec["update"], { strategy: "Setters", path: "./apps/dev" });
    const { checkout, push } = automation.spec["git"] as Record<string, unknown>;
    assert.deepEqual([checkout, push], [{ ref: { branch: "main" } }, { branch: "main" }]);
    // It takes the policies of its own product and stage alone: one cluster may serve several.
    const labels = ofKind(imagePolicyObjects(inputOf("dev")), "ImagePolicy").map(({ metadata }) => metadata.labels);
    for (const each of labels) assert.deepEqual({ matchLabels: each }, automation.spec["policySelector"]);
    assert.notDeepEqual(labels[0], ofKind(imagePolicyObjects(inputOf("qa")), "ImagePolicy")[0]?.metadata.labels);
    for (const stage of ["qa", "uat", "prod"]) {
      assert.deepEqual(ofKind(imagePolicyObjects(inputOf(stage)), "ImageUpdateAutomation"), [], stage);
    }
    const alone = inputOf("dev", { stages: ["dev"] });
    assert.deepEqual(ofKind(imagePolicyObjects(alone), "ImageUpdateAutomation"), []);
  });

  it("S3-2 a chart is installed where its signers signed it: by their keys, else by their identities, whole", () => {
    const by = (...signers: TrustedSigner[]) =>
      imagePolicyObjects(inputOf("prod", { policies: { secure: policy(), standard: policy(...signers) } }));
    const keyless = specOf(by(WORKFLOW), "OCIRepository", "shop");
    const { matchOIDCIdentity } = keyless["verify"] as { matchOIDCIdentity: { issuer: string; subject: string }[] };
    const [identity] = matchOIDCIdentity;
    assert.ok(
      identity &&
        new RegExp(identity.subject).test(WORKFLOW.subject) &&
        new RegExp(identity.issuer).test(WORKFLOW.issuer),
    );
    for (const other of [
      `${WORKFLOW.subject}x`,
      `x${WORKFLOW.subject}`,
      WORKFLOW.subject.replace("github.com", "githubXcom"),
    ])
      assert.ok(!new RegExp(identity.subject).test(other), other);
    assert.deepEqual(ofKind(by(WORKFLOW), "Secret"), []);
    const mixed = by({ key: KEY }, WORKFLOW);
    assert.deepEqual(specOf(mixed, "OCIRepository", "shop")["verify"], {
      provider: "cosign",
      secretRef: { name: "shop-signers" },
    });
    assert.deepEqual(ofKind(mixed, "Secret")[0]?.stringData, { "key0.pub": KEY });
    assert.equal(specOf(by(), "OCIRepository", "shop")["verify"], undefined);
    const release = specOf(by(WORKFLOW), "HelmRelease", "shop");
    assert.deepEqual(release["chartRef"], { kind: "OCIRepository", name: "shop" });
    assert.deepEqual(
      ofKind(mixed, "ImagePolicy").map(({ metadata }) => metadata.name),
      ["orders-api-prod", "orders-web-prod"],
    );
  });

  it("imageObjectNames are names of Kubernetes for any repositories, and two images or stages share none", () => {
    const repository = fc.stringMatching(/^[a-z0-9]{1,60}([._/-][a-z0-9]{1,60}){0,3}$/).filter(isRepository);
    fc.assert(
      fc.property(fc.uniqueArray(repository, { maxLength: 5 }), (some) => {
        const all = [...new Set([...some, "a/b", "a-b", "a.b"])];
        const names = ["qa", "uat"].flatMap((stage) => [...imageObjectNames(all, stage).values()]);
        for (const name of names) assert.match(name, /^(?=.{1,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/);
        assert.equal(new Set(names).size, 2 * all.length);
      }),
    );
    assert.equal(imageObjectNames(["orders/api"], "dev").get("orders/api"), "orders-api-dev");
  });
});
