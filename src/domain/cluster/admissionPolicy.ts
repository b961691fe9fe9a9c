import type { Digest } from "../../base/digest";
import type { ImageClass, MappedImage } from "../image/imageClass";
import { IMAGE_CLASSES, repositoriesOf } from "../image/imageClass";
import type { Stage, Stages } from "../stage";
import { demandsDigest } from "./chartValues";
import { type ClusterObject, type ClusterRegistries, namespaceSelector, repositoryIn } from "./clusterObject";

/** What becomes of a pod that a policy does not take. */
export const POLICY_ACTIONS = ["deny", "warn", "audit"] as const;

/** One of these. */
export type PolicyAction = (typeof POLICY_ACTIONS)[number];

/** What an admission policy is made from. */
interface AdmissionInput {
  /** Name of policy and binding. */
  name: string;
  labels: Readonly<Record<string, string>>;
  stage: Stage;
  stages: Stages;
  images: readonly MappedImage[];
  registries: ClusterRegistries;
  /** Names of the namespaces whose pods are held to it. */
  namespaces: readonly string[];
  action: PolicyAction;
  /** Images of others that are let in by their content. */
  exceptions: readonly Digest[];
}

/**
 * Host, path and name of an image's repository, without tag and digest: all names that end in a slash, and one without
 * a colon. The first match of RE2 takes as much as it can.
 */
export const REPOSITORY_NAME = "^([^/@]+/)*[^/:@]+";
const PINNED = "@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$";

/**
 * Repositories of one variable. An expression of CEL has an end, which 100,000 characters are; a name has 380 at most.
 * Source: cel-go, parser options, the default of ExpressionSizeCodePointLimit.
 */
const AT_ONCE = 250;

/** A text of CEL: a string of JSON, whose escapes CEL reads alike. */
const text = (value: string): string => JSON.stringify(value);

/** A named expression of a policy. */
interface Variable {
  name: string;
  expression: string;
}

/** Lists of texts as variables, and the expression that asks whether another one is in any of them. */
function lists(name: string, values: readonly string[]) {
  const variables: Variable[] = [];
  for (let at = 0; at < values.length; at += AT_ONCE) {
    const part = values.slice(at, at + AT_ONCE).map(text);
    variables.push({ name: `${name}${variables.length}`, expression: `[${part.join(", ")}]` });
  }
  const has = (what: string) => variables.map((one) => `${what} in variables.${one.name}`).join(" || ") || "false";
  return { variables, has };
}

/** The specification of pods in an object that is one, or makes them. Types differ by kind, so CEL checks none. */
const podOf = (object: string): string =>
  `request.kind.kind == "Pod" ? dyn(${object}).spec : request.kind.kind == "CronJob" ? ` +
  `dyn(${object}).spec.jobTemplate.spec.template.spec : dyn(${object}).spec.template.spec`;

/** The images of a variable that holds such a specification: each container's, and each volume's that is an image. */
const imagesOf = (pod: string): string =>
  [
    ...["containers", "initContainers", "ephemeralContainers"].map(
      (key) => `variables.${pod}.?${key}.orValue([]).map(c, string(c.?image.orValue("")))`,
    ),
    `variables.${pod}.?volumes.orValue([]).filter(v, has(v.image)).map(v, string(v.image.?reference.orValue("")))`,
  ].join(" + ");

const WORKLOADS = [
  { apiGroups: [""], resources: ["pods", "pods/ephemeralcontainers", "replicationcontrollers"] },
  { apiGroups: ["apps"], resources: ["deployments", "replicasets", "statefulsets", "daemonsets"] },
  { apiGroups: ["batch"], resources: ["jobs", "cronjobs"] },
] as const;

const ACTIONS: Readonly<Record<PolicyAction, readonly string[]>> = {
  deny: ["Deny", "Audit"],
  warn: ["Warn", "Audit"],
  audit: ["Audit"],
};

/**
 * A ValidatingAdmissionPolicy and its binding: pods of some namespaces, and what makes pods, name images of the stage's own
 * repositories alone, by digest where the stage demands it. What runs already may be labelled, scaled and deleted: an
 * update is held to the rules for images that were not there before. CEL asks no registry, so signatures are another
 * policy's. Source: Kubernetes API reference, ValidatingAdmissionPolicy v1; "Common Expression Language in Kubernetes".
 *
 * The lists stand in the policy and not in an object of parameters: whoever may write that would write the rules.
 */
export function admissionPolicy(input: AdmissionInput): [ClusterObject, ClusterObject] {
  const { name, labels, stage, stages } = input;
  const of = (imageClass: ImageClass) =>
    repositoriesOf(input.images, imageClass).flatMap((repository) =>
      input.registries[imageClass].map((registry) => repositoryIn(registry, repository)),
    );
  const pinned = IMAGE_CLASSES.filter((imageClass) => demandsDigest(imageClass, stage, stages));
  const own = lists("own", [...new Set(IMAGE_CLASSES.flatMap(of))].sort());
  const byDigest = lists("byDigest", [...new Set(pinned.flatMap(of))].sort());
  const excepted = lists("excepted", [...new Set(input.exceptions)].sort());
  const repository = `image.find(${text(REPOSITORY_NAME)})`;
  // Of two digests, or of one without a name, nobody knows which one a runtime takes.
  const isExcepted = `size(image.split("@")) == 2 && (${excepted.has('image.split("@")[1]')})`;
  const variables: Variable[] = [
    ...own.variables,
    ...byDigest.variables,
    ...excepted.variables,
    { name: "podBefore", expression: `request.operation != "UPDATE" ? dyn({}) : ${podOf("oldObject")}` },
    { name: "pod", expression: podOf("object") },
    { name: "before", expression: imagesOf("podBefore") },
    { name: "added", expression: `(${imagesOf("pod")}).filter(image, !(image in variables.before))` },
    {
      name: "foreign",
      expression: `variables.added.filter(image, !(${own.has(repository)}) && !(${isExcepted}))`,
    },
    {
      name: "unpinned",
      expression: `variables.added.filter(image, (${byDigest.has(repository)}) && !image.matches(${text(PINNED)}))`,
    },
  ];
  const policy: ClusterObject = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name, labels },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: WORKLOADS.map((rule) => ({
          ...rule,
          ...{ apiVersions: ["v1"], operations: ["CREATE", "UPDATE"] },
        })),
      },
      variables,
      validations: [
        {
          expression: "size(variables.foreign) == 0",
          message: `${stage} takes images of its own registries alone`,
          messageExpression: `${text(`${stage} takes images of its own registries alone, not `)} + variables.foreign.join(", ")`,
          reason: "Forbidden",
        },
        {
          expression: "size(variables.unpinned) == 0",
          message: `${stage} takes these images by digest alone`,
          messageExpression: `${text(`${stage} takes these images by digest alone: `)} + variables.unpinned.join(", ")`,
          reason: "Forbidden",
        },
      ],
    },
  };
  const binding: ClusterObject = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name, labels },
    spec: {
      policyName: name,
      validationActions: ACTIONS[input.action],
      matchResources: { namespaceSelector: namespaceSelector(input.namespaces) },
    },
  };
  return [policy, binding];
}
