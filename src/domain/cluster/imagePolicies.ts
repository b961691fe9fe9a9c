import { defined } from "../../base/defined";
import type { GitOpsConfig, GitOpsException } from "../gitops";
import { IMAGE_CLASSES, type ImageClass, type MappedImage } from "../image/imageClass";
import type { ImagePolicy } from "../image/policy";
import type { VersionScheme } from "../image/version";
import { fitName, NAME_LIMITS } from "../plan/names";
import type { Stage, Stages } from "../stage";
import { admissionPolicy, type PolicyAction } from "./admissionPolicy";
import { demandsDigest } from "./chartValues";
import { type ClusterObject, type ClusterRegistries, type ClusterRegistry, objectLabels } from "./clusterObject";
import { type AutomationPlan, type FluxConfig, fluxObjects } from "./fluxObjects";
import { signaturePolicy } from "./signaturePolicy";

/** What a stage file says of the policies of its clusters. */
export interface ImagePoliciesConfig {
  /** Names of the namespaces whose pods are held to the rules. */
  namespaces: readonly string[];
  /** What becomes of a pod that they do not take. */
  action: PolicyAction;
  /** Whether Kyverno is there, which looks at signatures. */
  kyverno: boolean;
  /** What Flux is told; absent where it is not there. */
  flux?: FluxConfig | undefined;
}

/** The policies of a stage's clusters, decided. */
export interface ImagePoliciesPlan extends ImagePoliciesConfig {
  /** Images of others that the stage lets in by their content, each until its day. */
  exceptions: readonly GitOpsException[];
  /** Where Flux writes what the stage deploys by itself. */
  automations: readonly AutomationPlan[];
}

/** What policies are planned from. */
interface ImagePoliciesInput {
  stage: Stage;
  stages: Stages;
  imagePolicies?: ImagePoliciesConfig | undefined;
  gitops?: GitOpsConfig | undefined;
}

/** Plans the policies of a stage's clusters. @returns undefined where its file asks for none */
export function planImagePolicies({ stage, imagePolicies, gitops }: ImagePoliciesInput): ImagePoliciesPlan | undefined {
  if (imagePolicies === undefined) return undefined;
  const exceptions = (gitops?.exceptions ?? []).filter(({ stages }) => stages?.includes(stage) ?? true);
  return { ...imagePolicies, exceptions, automations: gitops === undefined ? [] : automationsOf(stage, gitops) };
}

/** One for each repository that holds files of the stage: the folder that all of them are in. */
function automationsOf(stage: Stage, { repositories, releases }: GitOpsConfig): AutomationPlan[] {
  const files = new Map<string, string[]>();
  for (const { stages } of Object.values(releases)) {
    const part = stages[stage];
    if (part === undefined) continue;
    files.set(part.repository, [...(files.get(part.repository) ?? []), ...part.files]);
  }
  return [...files].sort().flatMap(([source, paths]) => {
    const repository = repositories[source];
    return repository === undefined ? [] : [{ source, branch: repository.branch, path: `./${folderOf(paths)}` }];
  });
}

/** The folder that all paths are in; empty where that is the repository's own. */
function folderOf(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => path.split("/").slice(0, -1));
  const shared = first.findIndex((name, at) => others.some((other) => other[at] !== name));
  return first.slice(0, shared < 0 ? first.length : shared).join("/");
}

/** What the objects are made from: a stage's plan, where its registries are, and the day. */
export interface ClusterInput extends VersionScheme {
  product: string;
  domain: string;
  stage: Stage;
  images: readonly MappedImage[];
  policies: Readonly<Record<ImageClass, ImagePolicy>>;
  imagePolicies: ImagePoliciesPlan;
  registries: ClusterRegistries;
  /** `2027-01-31`: exceptions that ended before it are left out. */
  today: string;
}

/**
 * Every object that keeps a stage's clusters to what was promoted, in the order in which they are made. Pure, and one
 * function for the stack and for the command line. Names and kinds do not depend on the hosts of the registries.
 */
export function imagePolicyObjects(input: ClusterInput): ClusterObject[] {
  const { product, stage, stages, images, registries, policies, imagePolicies, today } = input;
  const { namespaces, action, kyverno, flux, automations } = imagePolicies;
  const labels = objectLabels(product, stage);
  const exceptions = imagePolicies.exceptions.filter(({ expires }) => expires >= today).map(({ digest }) => digest);
  const common = { labels, images, registries, namespaces, action };
  const name = (suffix: string) => fitName(`${product}-${stage}-${suffix}`, NAME_LIMITS.kubernetes.max);
  return [
    ...admissionPolicy({ ...common, name: name("images"), stage, stages, exceptions }),
    ...(kyverno
      ? IMAGE_CLASSES.flatMap((imageClass) => {
          const byDigest = demandsDigest(imageClass, stage, stages);
          const of = { ...common, name: name(imageClass), imageClass, policy: policies[imageClass], byDigest };
          return signaturePolicy(of) ?? [];
        })
      : []),
    ...(flux === undefined ? [] : fluxObjects({ ...input, labels, flux, automations })),
  ];
}

/**
 * The registries that a stage's clusters pull from, by class: its own, and those that may be chosen in its place.
 *
 * @param hosts of the stage's own, which only the cloud knows of registries in Azure
 */
export function clusterRegistries(
  plan: {
    registries: Readonly<Record<ImageClass, Omit<ClusterRegistry, "host">>>;
    alternatives: Readonly<Record<ImageClass, readonly (Omit<ClusterRegistry, "host"> & { loginServer: string })[]>>;
  },
  hosts: Readonly<Record<ImageClass, string>>,
): ClusterRegistries {
  const registry = ({ kind, namespace }: Omit<ClusterRegistry, "host">, host: string): ClusterRegistry => ({
    ...{ kind, host },
    ...defined({ namespace }),
  });
  const of = (imageClass: ImageClass): [ClusterRegistry, ...ClusterRegistry[]] => [
    registry(plan.registries[imageClass], hosts[imageClass]),
    ...plan.alternatives[imageClass].map((other) => registry(other, other.loginServer)),
  ];
  return { secure: of("secure"), standard: of("standard") };
}
