import assert from "node:assert/strict";
import fc from "fast-check";
import { formatReference, isRepository, isTag, parseReference } from "../../../src/base/reference";
import { POLICY_ACTIONS, REPOSITORY_NAME } from "../../../src/domain/cluster/admissionPolicy";
import type { ClusterObject } from "../../../src/domain/cluster/clusterObject";
import { clusterRegistries, imagePolicyObjects } from "../../../src/domain/cluster/imagePolicies";
import type { MappedImage } from "../../../src/domain/image/imageClass";
import { REGISTRY_KINDS } from "../../../src/domain/image/registryKind";
import type { TrustedSigner } from "../../../src/domain/image/signers";
import { VERSION_PREFIXES } from "../../../src/domain/image/version";
import { DEFAULT_STAGES, type Stages } from "../../../src/domain/stage";
import { crdProblems } from "../../support/clusters/crdSchemas";
import { DIGEST, inputOf, KEY, ofKind, policy, registry, specOf, WORKFLOW } from "../../support/clusters/policyInput";

/** The expression of a variable of the admission policy. */
function variable(objects: readonly ClusterObject[], name: string): string | undefined {
  const variables = specOf(objects, "ValidatingAdmissionPolicy")["variables"] as { name: string; expression: string }[];
  return variables.find((one) => one.name === name)?.expression;
}
const listOf = (expression = "[]") => JSON.parse(expression) as string[];

describe("imagePolicyObjects", () => {
  it("S3-2 imagePolicyObjects makes what the schemas of Kubernetes, Flux and Kyverno take, whatever the stage is", () => {
    const signer = fc.constantFrom<TrustedSigner>({ key: KEY }, WORKFLOW);
    const kind = fc.constantFrom(...REGISTRY_KINDS);
    const stages = fc.constantFrom<Stages>(DEFAULT_STAGES, ["dev", "prod"], ["live"]);
    fc.assert(
      fc.property(
        stages.chain((list) => fc.record({ list: fc.constant(list), stage: fc.constantFrom(...list) })),
        fc.record({
          kinds: fc.array(kind, { minLength: 1, maxLength: 3 }),
          signers: fc.array(signer, { maxLength: 3 }),
        }),
        fc.record({
          versionPrefix: fc.constantFrom(...VERSION_PREFIXES),
          action: fc.constantFrom(...POLICY_ACTIONS),
          kyverno: fc.boolean(),
          withFlux: fc.boolean(),
        }),
        ({ list, stage }, { kinds, signers }, { versionPrefix, action, kyverno, withFlux }) => {
          const [own = "acr", ...others] = kinds;
          const alternatives = others.map((one) => ({ kind: one, loginServer: "other.example.com", namespace: "a/b" }));
          const plan = {
            registries: { secure: { kind: own }, standard: { kind: own, namespace: "c" } },
            alternatives: { secure: alternatives, standard: [] },
          };
          const base = inputOf();
          const { flux, ...rest } = base.imagePolicies;
          const objects = imagePolicyObjects({
            ...{ ...base, stage, stages: list, versionPrefix },
            imagePolicies: { ...rest, action, kyverno, ...(withFlux && flux && { flux }) },
            policies: { secure: policy(...signers), standard: policy() },
            registries: clusterRegistries(plan, { secure: "s.example.com", standard: "t.example.com:5000" }),
          });
          assert.deepEqual(objects.flatMap(crdProblems), []);
          const names = objects.map(({ kind: one, metadata }) => `${one} ${metadata.namespace ?? ""} ${metadata.name}`);
          assert.equal(new Set(names).size, names.length);
          assert.equal(ofKind(objects, "ImagePolicy").length, withFlux ? 2 : 0);
          assert.equal(ofKind(objects, "ImageValidatingPolicy").length, kyverno && signers.length > 0 ? 1 : 0);
        },
      ),
    );
  });

  it("the schemas refuse a field that there is not, a value of another type and an unknown kind", () => {
    const [object] = ofKind(imagePolicyObjects(inputOf()), "ImagePolicy");
    assert.ok(object);
    assert.match(crdProblems({ ...object, spec: { ...object.spec, digestReflection: "Always" } }).join(), /additional/);
    assert.match(
      crdProblems({ ...object, spec: { ...object.spec, digestReflectionPolicy: "Sometimes" } }).join(),
      /allowed values/,
    );
    assert.match(crdProblems({ ...object, spec: { ...object.spec, policy: [] } }).join(), /must be object/);
    assert.match(crdProblems({ ...object, apiVersion: "image.toolkit.fluxcd.io/v1beta2" }).join(), /no schema/);
  });

  it("S3-14 the admission policy names every repository of the stage's registries, and no other", () => {
    const plan = {
      registries: { secure: { kind: "acr" }, standard: registry },
      alternatives: {
        secure: [{ kind: "gar", loginServer: "europe-docker.pkg.dev", namespace: "p/secure" }],
        standard: [],
      },
    } as const;
    const registries = clusterRegistries(plan, { secure: "x.azurecr.io", standard: "ghcr.io" });
    const objects = imagePolicyObjects(inputOf("prod", { registries }));
    const secure = ["europe-docker.pkg.dev/p/secure/orders/api", "x.azurecr.io/orders/api"];
    const standard = ["ghcr.io/company/charts/shop", "ghcr.io/company/orders/web"];
    assert.deepEqual(listOf(variable(objects, "own0")), [...secure, ...standard].sort());
    assert.deepEqual(listOf(variable(objects, "byDigest0")), [...secure, ...standard].sort());
    // In the first stage tags of the standard class are enough.
    const first = imagePolicyObjects(inputOf("dev", { registries }));
    assert.deepEqual(listOf(variable(first, "own0")), [...secure, ...standard].sort());
    assert.deepEqual(listOf(variable(first, "byDigest0")), secure);
  });

  it("S3-14 every expression over images looks at all containers and image volumes, of what an update adds", () => {
    const objects = imagePolicyObjects(inputOf());
    for (const part of ["containers", "initContainers", "ephemeralContainers", "volumes"]) {
      assert.ok(variable(objects, "added")?.includes(`variables.pod.?${part}.`), part);
      assert.ok(variable(objects, "before")?.includes(`variables.podBefore.?${part}.`), part);
    }
    const { matchConstraints, failurePolicy, validations } = specOf(objects, "ValidatingAdmissionPolicy");
    assert.equal(failurePolicy, "Fail");
    assert.equal((validations as unknown[]).length, 2);
    const rules = (matchConstraints as { resourceRules: { resources: string[]; operations: string[] }[] })
      .resourceRules;
    assert.deepEqual(rules.flatMap(({ resources }) => resources).sort(), [
      ...["cronjobs", "daemonsets", "deployments", "jobs", "pods", "pods/ephemeralcontainers"],
      ...["replicasets", "replicationcontrollers", "statefulsets"],
    ]);
    for (const { operations } of rules) assert.deepEqual(operations, ["CREATE", "UPDATE"]);
  });

  it("an exception is let in by its content up to its last day, and in its own stages", () => {
    const at = (stage: string, today: string) =>
      listOf(variable(imagePolicyObjects(inputOf(stage, { today })), "excepted0"));
    assert.deepEqual(at("prod", "2027-01-31"), [DIGEST]);
    assert.deepEqual(at("prod", "2027-02-01"), []);
    assert.deepEqual(at("qa", "2027-01-01").length, 2);
    // Neither a digest without a name, nor a second one behind another.
    const foreign = variable(imagePolicyObjects(inputOf("prod", { today: "2027-01-01" })), "foreign") ?? "";
    assert.ok(foreign.includes('size(image.split("@")) == 2 && (image.split("@")[1] in variables.excepted0)'), foreign);
  });

  it("a policy of thousands of repositories has no expression that CEL would not parse", () => {
    const images = Array.from({ length: 5000 }, (_, at): MappedImage => {
      return { repository: `${"n".repeat(240)}/${at}`, class: "secure", binding: "portable" };
    });
    const objects = imagePolicyObjects(inputOf("prod", { images }));
    const variables = specOf(objects, "ValidatingAdmissionPolicy")["variables"] as {
      name: string;
      expression: string;
    }[];
    assert.ok(variables.every(({ expression }) => expression.length < 100_000));
    const own = variables.filter(({ name }) => /^own\d+$/.test(name));
    assert.equal(own.flatMap(({ expression }) => listOf(expression)).length, 5000);
    for (const { name } of own)
      assert.ok(
        variable(objects, "foreign")?.includes(`variables.${name})`) ||
          variable(objects, "foreign")?.includes(`variables.${name} `),
      );
  });

  it("S3-14 the name of an image's repository is what stands before tag and digest, whatever those are", () => {
    // RE2 and JavaScript agree on this expression: alternatives and repetitions are tried in the same order.
    const name = new RegExp(REPOSITORY_NAME);
    const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const image = fc.record({
      host: fc.constantFrom("ghcr.io", "localhost:5000", "127.0.0.1:1", "x.azurecr.io"),
      repository: fc
        .array(part, { minLength: 1, maxLength: 4 })
        .map((parts) => parts.join("/"))
        .filter(isRepository),
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/).filter(isTag), { nil: undefined }),
      digest: fc.constantFrom(undefined, DIGEST),
    });
    fc.assert(
      fc.property(image, ({ host, repository, tag, digest }) => {
        const reference = {
          host,
          repository,
          ...(tag !== undefined && { tag }),
          ...(digest !== undefined && { digest }),
        };
        const text = formatReference(reference);
        assert.deepEqual(parseReference(text), reference);
        assert.equal(name.exec(text)?.[0], `${host}/${repository}`);
      }),
    );
    for (const trick of [
      "evil.example/ghcr.io/orders/api",
      "ghcr.io/orders/api/more",
      "ghcr.io/orders/api:x/more",
      "GHCR.IO/orders/api",
    ]) {
      assert.notEqual(name.exec(`${trick}@${DIGEST}`)?.[0], "ghcr.io/orders/api", trick);
    }
  });

  it("S2-12 Kyverno takes the stage's keys and identities for each class, and nobody else", () => {
    const objects = imagePolicyObjects(inputOf());
    const secure = specOf(objects, "ImageValidatingPolicy", "orders-prod-secure");
    assert.deepEqual(secure["attestors"], [
      {
        name: "key0",
        cosign: {
          key: { data: KEY },
          ctlog: { url: "https://rekor.sigstore.dev", insecureIgnoreTlog: true, insecureIgnoreSCT: true },
        },
      },
      { name: "keyless", cosign: { keyless: { identities: [WORKFLOW] } } },
    ]);
    assert.match(JSON.stringify(secure["validations"]), /\[attestors\.key0, attestors\.keyless\]\) > 0/);
    assert.deepEqual(secure["validationConfigurations"], { mutateDigest: false, verifyDigest: true, required: true });
    assert.deepEqual(secure["matchImageReferences"], [
      { glob: "secure.example.com/company/orders/api" },
      { glob: "secure.example.com/company/orders/api:*" },
      { glob: "secure.example.com/company/orders/api@*" },
    ]);
    assert.deepEqual(secure["validationActions"], ["Deny"]);
    // Where no signature is asked for, what is not signed is only reported, and a tag becomes its digest.
    const unsigned = { signature: false, signers: [WORKFLOW] };
    const first = imagePolicyObjects(inputOf("dev", { policies: { secure: unsigned, standard: unsigned } }));
    const standard = specOf(first, "ImageValidatingPolicy", "orders-dev-standard");
    assert.deepEqual(standard["validationActions"], ["Audit"]);
    assert.deepEqual(standard["validationConfigurations"], { mutateDigest: true, verifyDigest: true, required: true });
  });
});
