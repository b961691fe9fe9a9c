import { defined } from "../../base/defined";
import { type ImageClass, type MappedImage, repositoriesOf } from "../image/imageClass";
import type { ImagePolicy } from "../image/policy";
import { REGISTRY_ACCESS } from "../image/registryAccess";
import type { RegistryKind } from "../image/registryKind";
import type { TrustedSigner } from "../image/signers";
import type { PolicyAction } from "./admissionPolicy";
import { type ClusterObject, type ClusterRegistries, namespaceSelector, repositoryIn } from "./clusterObject";

/** What a policy of signatures is made from. */
interface SignatureInput {
  name: string;
  labels: Readonly<Record<string, string>>;
  imageClass: ImageClass;
  images: readonly MappedImage[];
  registries: ClusterRegistries;
  policy: ImagePolicy;
  namespaces: readonly string[];
  action: PolicyAction;
  /** Whether images of the class must be named by digest; a tag becomes its digest where not. */
  byDigest: boolean;
}

/** Logins that Kyverno knows by the cloud's own identity. */
const PROVIDERS: Partial<Record<RegistryKind, string>> = { acr: "azure", ecr: "amazon", gar: "google" };

/** Signatures by a key stand in no transparency log, so none is asked for; the address must be there all the same. */
const WITHOUT_LOG = { url: "https://rekor.sigstore.dev", insecureIgnoreTlog: true, insecureIgnoreSCT: true };

/** One attestor for each key, and one for all identities: any of them is enough. */
function attestorsOf(signers: readonly TrustedSigner[]) {
  const keys = signers.flatMap((signer) => ("key" in signer ? [signer.key] : []));
  const identities = signers.flatMap((signer) =>
    "key" in signer ? [] : [{ issuer: signer.issuer, subject: signer.subject }],
  );
  return [
    ...keys.map((data, at) => ({ name: `key${at}`, cosign: { key: { data }, ctlog: WITHOUT_LOG } })),
    ...(identities.length === 0 ? [] : [{ name: "keyless", cosign: { keyless: { identities } } }]),
  ];
}

/** Its own login at each registry: the cloud's, or the pull secret of the kind in Kyverno's namespace. */
function credentialsOf(kinds: readonly RegistryKind[]) {
  const providers = new Set(kinds.flatMap((kind) => PROVIDERS[kind] ?? []));
  const secrets = new Set(kinds.flatMap((kind) => REGISTRY_ACCESS[kind].pullSecret ?? []));
  return defined({
    providers: providers.size === 0 ? undefined : [...providers].sort(),
    secrets: secrets.size === 0 ? undefined : [...secrets].sort(),
  });
}

/**
 * Kyverno's ImageValidatingPolicy for the images of one class: pods run what the stage's signers signed. In a stage that
 * asks for no signature what is not signed is only reported.
 * Issuer and subject are compared whole; source repository and ref, which Kyverno does not look at, are compared by
 * `dualreg image verify`. Source: kyverno, config/crds/policies.kyverno.io (v1).
 *
 * @returns undefined where nobody is named who signs, or no image is of the class
 */
export function signaturePolicy(input: SignatureInput): ClusterObject | undefined {
  const { name, labels, imageClass, registries, policy, byDigest } = input;
  const attestors = attestorsOf(policy.signers);
  const repositories = repositoriesOf(input.images, imageClass).flatMap((repository) =>
    registries[imageClass].map((registry) => repositoryIn(registry, repository)),
  );
  if (attestors.length === 0 || repositories.length === 0) return undefined;
  const named = attestors.map((attestor) => `attestors.${attestor.name}`).join(", ");
  const actions = { deny: "Deny", warn: "Warn", audit: "Audit" } as const;
  return {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ImageValidatingPolicy",
    metadata: { name, labels },
    spec: {
      failurePolicy: "Fail",
      validationActions: [policy.signature ? actions[input.action] : "Audit"],
      webhookConfiguration: { timeoutSeconds: 30 },
      matchConstraints: {
        namespaceSelector: namespaceSelector(input.namespaces),
        resourceRules: [
          {
            ...{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"] },
            resources: ["pods", "pods/ephemeralcontainers"],
          },
        ],
      },
      // With a tag or a digest behind it, and without either: of the class, and of no other path that begins like it.
      matchImageReferences: repositories.flatMap((repository) => [
        { glob: repository },
        { glob: `${repository}:*` },
        { glob: `${repository}@*` },
      ]),
      credentials: credentialsOf(registries[imageClass].map(({ kind }) => kind)),
      validationConfigurations: { mutateDigest: !byDigest, verifyDigest: true, required: true },
      attestors,
      validations: [
        {
          expression:
            "(images.containers + images.initContainers + images.ephemeralContainers)" +
            `.all(image, verifyImageSignatures(image, [${named}]) > 0)`,
          message: `No signer whom the stage names for class ${imageClass} signed this image`,
        },
      ],
    },
  };
}
