import type { Mutation } from "./mutation";

/** One thing changed that a test of a requirement row must notice, in a test whose title names the row. */
export interface RowMutation extends Mutation {
  row: string;
  /** The files whose tests of the row run. */
  tests: readonly string[];
}

const mutation = (
  row: string,
  what: string,
  [file, from, to]: readonly [string, string, string],
  ...tests: readonly string[]
): RowMutation => ({ row, what, file, from, to, tests });

/** For S0-7, and for each row of S2, S3 and S4, one thing whose loss its own tests must notice. */
export const ROW_MUTATIONS: readonly RowMutation[] = [
  mutation(
    "S0-7",
    "a pull by the vanity host is logged as one from no registry",
    [
      "src/pulls/judgePull.ts",
      "sameHost(loginServer) === host || sameHost(vanityHost) === host;",
      'sameHost(loginServer) === host || sameHost(vanityHost) === "";',
    ],
    "test/pulls/judgePull.test.ts",
  ),
  mutation(
    "S2-1",
    "a secure image that anybody may pull is no finding",
    [
      "src/domain/settings/judgeSettings.ts",
      'if (isPublic(settings) && wanted.class === "secure")',
      'if (isPublic(settings) && wanted.class === "standard" && listed)',
    ],
    "test/domain/settings/judgeSettings.test.ts",
  ),
  mutation(
    "S2-2",
    "the first stage asks for a signature",
    [
      "src/domain/image/policy.ts",
      'if (place === "first") return { signature: false, signers };',
      'if (place === "first") return { signature: true, signers };',
    ],
    "test/domain/image/policyFor.test.ts",
  ),
  mutation(
    "S2-3",
    "tags of the last stage may move",
    [
      "src/domain/image/tags.ts",
      'if (place === "last") return { regime: "immutable",',
      'if (place === "last") return { regime: "mutable",',
    ],
    "test/domain/image/tagRules.test.ts",
  ),
  mutation(
    "S2-4",
    "the first stage takes no latest",
    ["src/domain/image/tags.ts", '{ name: "latest", pattern: "^latest$" },', ""],
    "test/domain/image/tagRules.test.ts",
  ),
  mutation(
    "S2-5",
    "the last stage takes what the stages between take",
    [
      "src/domain/image/tags.ts",
      "forms: prereleases ? [final, candidate, beta] : [final] }",
      "forms: [final, candidate, beta, ofStage(stage)] }",
    ],
    "test/domain/image/tagRules.test.ts",
  ),
  mutation(
    "S2-6",
    "a tag that was asked for by name is set, whatever the rules say",
    [
      "src/domain/image/tags.ts",
      "...new Set(asked.filter((tag) => allowed(tag) && ",
      "...new Set(asked.filter((tag) => tag.length > 0 && ",
    ],
    "test/domain/image/publishTags.test.ts",
  ),
  mutation(
    "S2-7",
    "sign-offs that do not hold let a promotion through",
    [
      "src/images/promoteGates.ts",
      "const problems = reasons.map(({ why }) => `Sign-offs: ${why}`);",
      "const problems = reasons.slice(reasons.length).map(({ why }) => `Sign-offs: ${why}`);",
    ],
    "test/images/promoteGithub.test.ts",
  ),
  mutation(
    "S2-8",
    "a promotion asks for no signature",
    ["src/images/promoteGates.ts", "if (!policy.signature) return ofSigner;", "if (policy) return ofSigner;"],
    "test/images/promoteGates.test.ts",
  ),
  mutation(
    "S2-9",
    "a candidate keeps its name in the last stage",
    [
      "src/domain/image/promotionEdge.ts",
      'kind === "candidate" && to !== lastStage(scheme.stages)',
      'kind === "candidate"',
    ],
    "test/domain/image/promotionTags.test.ts",
  ),
  mutation(
    "S2-10",
    "findings of severity HIGH are not looked at",
    ["src/images/gates/scan.ts", 'of ["critical", "high"] as const', 'of ["critical"] as const'],
    "test/images/gates/scan.test.ts",
  ),
  mutation(
    "S2-11",
    "a tag that stands for another image is no reason to refuse",
    [
      "src/images/publish.ts",
      "refuseTaken(target, tree.root.digest, tagRules.regime, states);",
      "void refuseTaken; void states; void tagRules;",
    ],
    "test/images/publish.test.ts",
  ),
  mutation(
    "S2-12",
    "whoever signs may be anybody",
    [
      "src/images/promoteGates.ts",
      'if (!(error instanceof DualRegistryError) || error.code !== "SIGNATURE_INVALID") throw error;\n    return [`Signature: ${error.message}`, ...ofSigner];',
      "void error;\n    return ofSigner;",
    ],
    "test/images/promoteGates.test.ts",
  ),
  mutation(
    "S2-13",
    "a stage's check that failed counts as passed",
    [
      "src/domain/flow/judgeStep.ts",
      'if (newest.conclusion === "success") return [];',
      "if (newest.conclusion !== undefined) return [];",
    ],
    "test/domain/flow/judgeChecks.test.ts",
  ),
  mutation(
    "S2-14",
    "an image is built for one platform",
    [".github/workflows/build-publish.yml", "--platform linux/amd64,linux/arm64", "--platform linux/amd64"],
    "test/workflows/productSteps.test.ts",
  ),
  mutation(
    "S2-15",
    "a mirror gets an image without what refers to it",
    ["src/images/mirror.ts", "const referrers = alone ? none", "const referrers = alone || !verify || verify ? none"],
    "test/images/mirror.test.ts",
  ),
  mutation(
    "S2-16",
    "of an index one image alone is copied",
    [
      "src/oci/copy/copyImage.ts",
      "await allSettled(tree.blobs.map(copyBlob));",
      "await allSettled(tree.blobs.slice(0, 1).map(copyBlob));",
    ],
    "test/oci/copy/copyImage.test.ts",
  ),
  mutation(
    "S4-1",
    "gcr is no word for Google's registry",
    [
      "src/domain/image/registryKind.ts",
      'Readonly<Record<string, RegistryKind>> = { gcr: "gar" };',
      "Readonly<Record<string, RegistryKind>> = {};",
    ],
    "test/domain/image/registryAddress.test.ts",
  ),
  mutation(
    "S4-2",
    "a login keeps the line's end of standard input",
    ["src/cli/registry/login.ts", '.replace(/\\r?\\n$/, "");', ";"],
    "test/cli/registry/login.test.ts",
  ),
  mutation(
    "S4-3",
    "a product is tagged where one of its images is refused",
    [
      "src/cli/image/tagging.ts",
      'if (how !== "tag" || refused.length > 0)',
      'if (how !== "tag" || refused.length > states.length)',
    ],
    "test/images/product.test.ts",
  ),
  mutation(
    "S4-4",
    "values leave the namespace of a registry out",
    [
      "src/domain/cluster/chartValues.ts",
      "repository: namespace === undefined ? repository : `${namespace}/${repository}`,",
      "repository: namespace === undefined || namespace !== undefined ? repository : namespace,",
    ],
    "test/samples/chart.test.ts",
  ),
  mutation(
    "S4-6",
    "prd uses what dev uses",
    ["src/domain/image/registryChoice.ts", 'dev: "ghcr", prd: "ecr" }', 'dev: "ghcr", prd: "ghcr" }'],
    "test/cli/registry/select.test.ts",
  ),
  mutation(
    "S4-7",
    "main goes where develop goes",
    [
      "src/domain/image/registryChoice.ts",
      '{ branch: "main", registry: "ecr" }',
      '{ branch: "main", registry: "ghcr" }',
    ],
    "test/cli/registry/select.test.ts",
  ),
  mutation(
    "S4-8",
    "a beta bears no time",
    [
      "src/domain/image/branchVersion.ts",
      "version: `${core}-beta.${stamp}`",
      "version: `${core}-beta.${stamp.length}`",
    ],
    "test/domain/image/branchVersion.test.ts",
  ),
  mutation(
    "S4-9",
    "a tag that the rules do not take is set all the same",
    ["src/domain/image/tags.ts", "...wanted.filter(allowed),", "...wanted,"],
    "test/domain/image/publishTags.test.ts",
  ),
  mutation(
    "S4-10",
    "a bump takes a version that is no higher",
    ["src/versions/bump.ts", "if (!gt(version, chart.version)) {", "if (version === chart.name) {"],
    "test/cli/version/bump.test.ts",
  ),
  mutation(
    "S4-13",
    "a stage that chose another kind publishes to its own registry",
    [
      "src/outputs/registryType.ts",
      "registries[imageClass] = choice.registry;",
      "registries[imageClass] = outputs.registries[imageClass] ?? choice.registry;",
    ],
    "test/images/ecrGoesOn.test.ts",
  ),
  mutation(
    "S4-14",
    "a host of another kind is taken",
    [
      "src/domain/image/registryAddress.ts",
      "owns: isGitHubHost,",
      "owns: (host) => host !== '' || isGitHubHost(host),",
    ],
    "test/domain/image/registryAddress.test.ts",
  ),
  mutation(
    "S4-15",
    "make docker-push publishes nothing",
    ["samples/product/Makefile", "image publish-all", "image publish-all --dry-run"],
    "test/samples/sample.test.ts",
  ),
  mutation(
    "S3-1",
    "the next version counts up nothing",
    ["src/domain/flow/nextMove.ts", "highest?.inc(step).version", "highest?.version"],
    "test/domain/flow/versionList.test.ts",
  ),
  mutation(
    "S3-2",
    "a range of the last stage goes on taking candidates",
    ["src/gitops/flux/moveRange.ts", "const to = isLast ? withoutPrereleases(moved) : moved;", "const to = moved;"],
    "test/gitops/flux/moveRange.test.ts",
  ),
  mutation(
    "S3-5",
    "nothing proves that a change moved no other value",
    [
      "src/gitops/documents/setImages.ts",
      "proveChange(parsed, parseChanged(file, result), { images, wanted, meant });",
      "parseChanged(file, result);",
    ],
    "test/gitops/documents/setImages.test.ts",
  ),
  mutation(
    "S3-10",
    "a host of ECR says nothing of its account",
    [
      "src/domain/image/registryAddress.ts",
      "return { ...defined({ account, region }), image: joined(path) };",
      'return { ...defined({ region }), ...(account === "" && { account }), image: joined(path) };',
    ],
    "test/domain/image/registryAddress.test.ts",
  ),
  mutation(
    "S3-11",
    "what refers to an image stays behind when it is promoted",
    [
      "src/images/promote.ts",
      "copyReferrers(source, destination.target, subjects, options)",
      "copyReferrers(source, destination.target, [], options)",
    ],
    "test/images/promote.test.ts",
  ),
  mutation(
    "S3-4",
    "candidates are ordered by their text",
    ["src/domain/image/version.ts", "suffixNumber(a) - suffixNumber(b) ||", "a.suffix.localeCompare(b.suffix) ||"],
    "test/domain/flow/versionList.test.ts",
  ),
  mutation(
    "S3-6",
    "a request asks for its own branch",
    ["src/gitops/deliver.ts", "forge.open(own, clone.repository.branch, text)", "forge.open(own, own, text)"],
    "test/cli/gitops/promote.test.ts",
  ),
  mutation(
    "S3-7",
    "a tag beside a digest that it does not stand for is believed",
    [
      "src/gitops/release/wanted.ts",
      "if (digest === undefined || found.digest === digest) return found.digest;",
      "if (digest !== site.repository) return found.digest;",
    ],
    "test/cli/gitops/promoteRefusals.test.ts",
  ),
  mutation(
    "S3-8",
    "nobody hears that nobody must approve",
    ["src/gitops/approvers.ts", "else if (rules.approvals === 0) {", "else if (rules.approvals < 0) {"],
    "test/cli/gitops/promote.test.ts",
  ),
  mutation(
    "S3-9",
    "a request that was overtaken stays open",
    ["src/gitops/deliver.ts", "ours(branch) && overtakes(kindOf(body))", "ours(branch) && kindOf(body) === undefined"],
    "test/cli/gitops/promote.test.ts",
  ),
  mutation(
    "S3-12",
    "the next stage's file names the registry of the stage before",
    ["src/gitops/release/wanted.ts", "host: registry.loginServer,", "host: earlier.registry.loginServer,"],
    "test/cli/gitops/promote.test.ts",
  ),
  mutation(
    "S3-13",
    "a rollback goes to another version than the one that was named",
    ["src/gitops/release/rollbackRelease.ts", "tags.every((tag) => tag === to)", "tags.every((tag) => tag !== to)"],
    "test/cli/gitops/rollback.test.ts",
  ),
  mutation(
    "S3-14",
    "a record of another stage lets an image be deployed",
    [
      "src/images/history.ts",
      ".filter(({ record }) => record.edge.to === stage && record.class === imageClass && record.target === repository)",
      ".filter(({ record }) => record.class === imageClass && record.target === repository)",
    ],
    "test/gitops/evidence.test.ts",
  ),
  mutation(
    "S3-14",
    "a pod that runs another digest counts as rolled out",
    [
      "src/clusters/rollout.ts",
      "if (one.root !== undefined && one.root !== digest) {",
      "if (one.root === undefined) {",
    ],
    "test/clusters/rollout.test.ts",
  ),
  mutation(
    "S2-13",
    "waiting for the release ends when its time is over as if it ran",
    [
      "src/clusters/rollout.ts",
      "if (missing.length === 0 || over()) return missing;",
      "if (missing.length < 2) return [];",
    ],
    "test/clusters/rollout.test.ts",
  ),
  mutation(
    "S3-14",
    "an image of another registry may run in a cluster",
    [
      "src/domain/cluster/admissionPolicy.ts",
      "...new Set(IMAGE_CLASSES.flatMap(of))",
      '...new Set([...IMAGE_CLASSES.flatMap(of), "docker.io/library/redis"])',
    ],
    "test/domain/cluster/imagePolicies.test.ts",
  ),
  mutation(
    "S3-2",
    "Flux sees the tags of signatures",
    ["src/domain/cluster/fluxObjects.ts", "exclusionList: [REFERRERS_TAGS]", 'exclusionList: ["^.*\\\\.sig$"]'],
    "test/domain/cluster/fluxObjects.test.ts",
  ),
  mutation(
    "S3-3",
    "Flux deploys to every stage by itself",
    ["src/domain/cluster/fluxObjects.ts", 'placeOf(stage, stages) === "first";', "stages.includes(stage);"],
    "test/domain/cluster/fluxObjects.test.ts",
  ),
  mutation(
    "S4-4",
    "values name the registry of the other class",
    [
      "src/domain/cluster/chartValues.ts",
      "registries[imageClass];\n    const requireDigest",
      "registries.standard;\n    const requireDigest",
    ],
    "test/samples/chart.test.ts",
  ),
  mutation(
    "S4-6",
    "the kind that is asked for is not chosen",
    [
      "src/cli/gitops/values.ts",
      "selectRegistry(from, stage, imageClass, wanted)",
      "selectRegistry(from, stage, imageClass, undefined)",
    ],
    "test/samples/chart.test.ts",
  ),
  mutation(
    "S4-12",
    "an image by tag alone passes the schema of values",
    [
      "samples/product/deploy/values.schema.json",
      '"properties": { "requireDigest": { "const": false } }',
      '"properties": { "requireDigest": { "type": "boolean" } }',
    ],
    "test/samples/chart.test.ts",
  ),
  mutation(
    "S4-5",
    "ECR takes a pull secret that is stored once",
    [
      "src/domain/identity/registryPull.ts",
      'ecr: ["node-identity", "token-generator"],',
      'ecr: ["node-identity", "token-generator", ...BY_SECRET],',
    ],
    "test/components/pull/registryPullAccess.test.ts",
    "test/config/registryPull.test.ts",
  ),
  mutation(
    "S4-11",
    "a token of Google's is asked for without its cluster",
    [
      "src/components/pull/registryPullAccess.ts",
      "clusterLocation: registry.cluster.location,",
      "clusterLocation: registry.cluster.name,",
    ],
    "test/components/pull/registryPullAccess.test.ts",
  ),
];
