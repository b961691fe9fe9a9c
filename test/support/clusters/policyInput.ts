import assert from "node:assert/strict";
import type { ClusterObject } from "../../../src/domain/cluster/clusterObject";
import { type ClusterInput, clusterRegistries, planImagePolicies } from "../../../src/domain/cluster/imagePolicies";
import type { MappedImage } from "../../../src/domain/image/imageClass";
import type { TrustedSigner } from "../../../src/domain/image/signers";
import { schemeOf } from "../scheme";

export const DIGEST = `sha256:${"ab".repeat(32)}` as const;
export const KEY = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n";
export const WORKFLOW = {
  issuer: "https://token.actions.githubusercontent.com",
  subject: "https://github.com/company/orders/.github/workflows/promote.yml@refs/heads/main",
};
const IMAGES: readonly MappedImage[] = [
  { repository: "orders/api", class: "secure", binding: "portable" },
  { repository: "orders/web", class: "standard", binding: "portable" },
  { repository: "charts/shop", class: "standard", binding: "portable" },
];
export const policy = (...signers: TrustedSigner[]) => ({ signature: true, signers });
export const registry = { kind: "ghcr", namespace: "company" } as const;

/** A stage whose file asks for everything. */
export function inputOf(stage = "prod", different: Partial<ClusterInput> = {}): ClusterInput {
  const scheme = schemeOf();
  const imagePolicies = planImagePolicies({
    ...{ stage, stages: scheme.stages },
    imagePolicies: {
      ...{ namespaces: ["shop", "batch"], action: "deny", kyverno: true },
      flux: { namespace: "flux-system", charts: [{ name: "shop", chart: "charts/shop", namespace: "shop" }] },
    },
    gitops: {
      repositories: { deploy: { address: "https://github.com/company/deploy", forge: "github", branch: "main" } },
      releases: {
        shop: {
          stages: {
            dev: { repository: "deploy", files: ["apps/dev/shop/release.yaml", "apps/dev/batch.yaml"] },
            prod: { repository: "deploy", files: ["apps/prod/shop.yaml", "apps/prod/batch.yaml"] },
          },
        },
      },
      exceptions: [
        { digest: DIGEST, image: "docker.io/library/redis:7", reason: "the cache's own", expires: "2027-01-31" },
        {
          digest: `sha256:${"cd".repeat(32)}`,
          image: "x",
          reason: "of qa alone",
          expires: "2027-01-31",
          stages: ["qa"],
        },
      ],
    },
  });
  assert.ok(imagePolicies);
  return {
    ...{
      product: "orders",
      domain: "company.com",
      stage,
      ...scheme,
      images: IMAGES,
      today: "2027-01-31",
      imagePolicies,
    },
    policies: { secure: policy({ key: KEY }, WORKFLOW), standard: policy(WORKFLOW) },
    registries: clusterRegistries(
      { registries: { secure: registry, standard: registry }, alternatives: { secure: [], standard: [] } },
      { secure: "secure.example.com", standard: "ghcr.io" },
    ),
    ...different,
  };
}
export const ofKind = (objects: readonly ClusterObject[], kind: string) => objects.filter((one) => one.kind === kind);
export const specOf = (objects: readonly ClusterObject[], kind: string, name?: string) => {
  const [object] = ofKind(objects, kind).filter(({ metadata }) => name === undefined || metadata.name === name);
  return object?.spec ?? assert.fail(`no ${kind} ${name ?? ""}`);
};
