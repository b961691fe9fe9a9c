import type { CloudResource } from "./cloud";
import { textAt } from "./lookup";
import type { PlainFields } from "./values";

/** Type tokens of the objects there are. */
export const KUBERNETES = {
  admissionBinding: "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",
  admissionPolicy: "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
  deployment: "kubernetes:apps/v1:Deployment",
  disruptionBudget: "kubernetes:policy/v1:PodDisruptionBudget",
  externalSecret: "kubernetes:external-secrets.io/v1:ExternalSecret",
  helmRelease: "kubernetes:helm.toolkit.fluxcd.io/v2:HelmRelease",
  httpRoute: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
  imageAutomation: "kubernetes:image.toolkit.fluxcd.io/v1:ImageUpdateAutomation",
  imagePolicy: "kubernetes:image.toolkit.fluxcd.io/v1:ImagePolicy",
  imageRepository: "kubernetes:image.toolkit.fluxcd.io/v1:ImageRepository",
  ingress: "kubernetes:networking.k8s.io/v1:Ingress",
  namespace: "kubernetes:core/v1:Namespace",
  networkPolicy: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  ociRepository: "kubernetes:source.toolkit.fluxcd.io/v1:OCIRepository",
  secret: "kubernetes:core/v1:Secret",
  secretProviderClass: "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
  secretStore: "kubernetes:external-secrets.io/v1:SecretStore",
  service: "kubernetes:core/v1:Service",
  serviceAccount: "kubernetes:core/v1:ServiceAccount",
  signaturePolicy: "kubernetes:policies.kyverno.io/v1:ImageValidatingPolicy",
} as const;

const CLUSTER_WIDE: readonly string[] = [
  ...[KUBERNETES.namespace, KUBERNETES.admissionPolicy, KUBERNETES.admissionBinding, KUBERNETES.signaturePolicy],
];

export const isKubernetes = (type: string): boolean => type.startsWith("kubernetes:");

/** `core/v1` is `v1` where an object says it. */
export const apiVersionOf = (type: string): string => (type.split(":")[1] ?? "").replace(/^core\//, "");

export const kindOf = (type: string): string => type.split(":")[2] ?? "";

/** Objects that are in no namespace. */
export const isClusterWide = (type: string): boolean => CLUSTER_WIDE.includes(type);

/** The provider's id: `<namespace>/<name>`, or the name alone. It does not say the kind. */
export function providerId(type: string, inputs: PlainFields): string {
  const name = textAt(inputs, "metadata.name");
  return isClusterWide(type) ? name : `${textAt(inputs, "metadata.namespace") || "default"}/${name}`;
}

/** Where the cloud keeps an object: the provider's id with its kind in front, since two kinds may share a name. */
export const placeOf = (type: string, id: string): string => `${kindOf(type)}:${id}`;

/** {@link placeOf} an object with these inputs. */
export const idOfObject = (type: string, inputs: PlainFields): string => placeOf(type, providerId(type, inputs));

/** The inputs that stand in a place, or in the provider's id. */
export function inputsOfObject(type: string, id: string): PlainFields {
  const parts = id.slice(id.indexOf(":") + 1).split("/");
  const name = parts.at(-1) ?? "";
  const metadata = isClusterWide(type) ? { name } : { namespace: parts[0] ?? "", name };
  return { apiVersion: apiVersionOf(type), kind: kindOf(type), metadata };
}

/** A namespace ends with all that is in it. */
export function isInNamespace(outer: CloudResource, inner: CloudResource): boolean {
  if (outer.type !== KUBERNETES.namespace || !isKubernetes(inner.type) || isClusterWide(inner.type)) return false;
  return textAt(inner.inputs, "metadata.namespace") === textAt(outer.inputs, "metadata.name");
}
