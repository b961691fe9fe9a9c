import { stableGuid } from "../../base/guid";
import { REFERRERS_TAGS } from "../../base/referrersTag";
import { defined } from "../../base/defined";
import type { ImageClass, MappedImage } from "../image/imageClass";
import type { ImagePolicy } from "../image/policy";
import { REGISTRY_ACCESS } from "../image/registryAccess";
import type { RegistryKind } from "../image/registryKind";
import { tagRules } from "../image/tags";
import { type VersionScheme, writeVersion } from "../image/version";
import { fitName, NAME_LIMITS } from "../plan/names";
import { placeOf, type Stage } from "../stage";
import {
  type ClusterObject,
  type ClusterRegistries,
  type ClusterRegistry,
  repeated,
  repositoryIn,
} from "./clusterObject";

/** A chart of the product that Flux installs. */
interface ChartConfig {
  /** Name of the release. */
  name: string;
  /** Repository of the map of images that holds the chart, as an OCI artifact. */
  chart: string;
  /** Where it is installed; there the values are too, in the ConfigMap `<name>-values`, key `values.yaml`. */
  namespace: string;
}

/** What a stage file says of Flux. */
export interface FluxConfig {
  /** Where Flux's own objects are. */
  namespace: string;
  /** The versions that may be chosen, as Flux's semver takes them. Absent: all of the stage's form. */
  range?: string | undefined;
  charts: readonly ChartConfig[];
}

/** A repository in which Flux writes what a stage deploys by itself. */
export interface AutomationPlan {
  /** Name of the GitRepository. */
  source: string;
  branch: string;
  /** The folder below which marked images are changed, such as `./apps/dev`. */
  path: string;
}

/** What Flux's objects are made from. */
interface FluxInput extends VersionScheme {
  product: string;
  domain: string;
  stage: Stage;
  labels: Readonly<Record<string, string>>;
  images: readonly MappedImage[];
  registries: ClusterRegistries;
  policies: Readonly<Record<ImageClass, ImagePolicy>>;
  flux: FluxConfig;
  automations: readonly AutomationPlan[];
}

/** How often Flux looks. */
const INTERVAL = "5m";

/** Logins that Flux knows by the cloud's own identity. Source: fluxcd, ImageRepository v1, `provider`. */
const PROVIDERS: Partial<Record<RegistryKind, string>> = { acr: "azure", ecr: "aws", gar: "gcp" };

/** How Flux logs in to a registry: as the cloud's identity, or by the pull secret of its kind in the same namespace. */
function loginOf({ kind }: ClusterRegistry) {
  const { pullSecret } = REGISTRY_ACCESS[kind];
  return {
    provider: PROVIDERS[kind] ?? "generic",
    ...(pullSecret === undefined ? {} : { secretRef: { name: pullSecret } }),
  };
}

/**
 * `orders-api-dev`: names of the objects of images, by repository. Policies are named so in the marks of a repository's
 * files. Repositories that would share a name, such as `a/b` and `a-b`, get a hash of their own.
 */
export function imageObjectNames(repositories: readonly string[], stage: Stage): ReadonlyMap<string, string> {
  const plain = (repository: string) => `${repository.replace(/[^a-z0-9]+/g, "-")}-${stage}`;
  const shared = repeated(repositories.map(plain));
  const full = (repository: string) =>
    shared.has(plain(repository)) ? `${plain(repository)}-${stableGuid(repository).slice(0, 8)}` : plain(repository);
  return new Map(repositories.map((one) => [one, fitName(full(one), NAME_LIMITS.kubernetes.max)]));
}

/**
 * The tags that a stage deploys, as one expression: releases and betas with their time in the first, whose order is that
 * of building; releases alone in the last, whatever else its registry takes; every form of the stages between.
 */
export function deployedTags(stage: Stage, scheme: VersionScheme): string {
  const { forms } = tagRules(stage, scheme);
  // Of the first stage's other forms none has an order: branches, commits, and versions of commits.
  const versions = [writeVersion("1.2.3", scheme), `${writeVersion("1.2.3", scheme)}-beta.20260131120000`];
  const isFirst = placeOf(stage, scheme.stages) === "first";
  const chosen = forms.filter(({ pattern }) => !isFirst || versions.some((one) => new RegExp(pattern).test(one)));
  return `^(?:${chosen.map(({ pattern }) => pattern.replace(/^\^|\$$/g, "")).join("|")})$`;
}

/** What a stage file's range is where it names none: of Flux's semver `-0` admits what comes before a release. */
const defaultRange = (stage: Stage, { stages }: Pick<VersionScheme, "stages">): string =>
  placeOf(stage, stages) === "last" ? ">=0.0.0" : ">=0.0.0-0";

/**
 * What Flux scans and chooses: an ImageRepository and an ImagePolicy for each image of the stage; where the stage deploys
 * by itself, which the first of several does, an ImageUpdateAutomation for each repository of its files; and for each chart
 * an OCIRepository that verifies its signature, and a HelmRelease. Source: the CRDs of Flux's controllers, `image`,
 * `source` and `helm.toolkit.fluxcd.io`.
 */
export function fluxObjects(input: FluxInput): ClusterObject[] {
  const { stage, stages, flux } = input;
  const range = flux.range ?? defaultRange(stage, input);
  const charts = new Set(flux.charts.map(({ chart }) => chart));
  const deploysItself = placeOf(stage, stages) === "first";
  const images = input.images.filter(({ repository }) => !charts.has(repository));
  const names = imageObjectNames(
    images.map(({ repository }) => repository),
    stage,
  );
  return [
    ...images.flatMap((image) => imageObjects(names.get(image.repository) ?? image.repository, image, range, input)),
    ...(deploysItself ? input.automations.map((automation, at) => automationObject(automation, at, input)) : []),
    ...flux.charts.flatMap((chart) => chartObjects(chart, range, input)),
  ];
}

function imageObjects(
  name: string,
  { repository, class: imageClass }: MappedImage,
  range: string,
  input: FluxInput,
): ClusterObject[] {
  const { stage, labels, flux } = input;
  const [registry] = input.registries[imageClass];
  const metadata = { name, namespace: flux.namespace, labels };
  return [
    {
      apiVersion: "image.toolkit.fluxcd.io/v1",
      kind: "ImageRepository",
      metadata,
      spec: {
        image: repositoryIn(registry, repository),
        interval: INTERVAL,
        // Flux's own list knows the tags of Cosign's older signatures alone.
        exclusionList: [REFERRERS_TAGS],
        ...loginOf(registry),
      },
    },
    {
      apiVersion: "image.toolkit.fluxcd.io/v1",
      kind: "ImagePolicy",
      metadata,
      spec: {
        imageRepositoryRef: { name: metadata.name },
        filterTags: { pattern: deployedTags(stage, input) },
        policy: { semver: { range } },
        digestReflectionPolicy: "IfNotPresent",
      },
    },
  ];
}

function automationObject({ source, branch, path }: AutomationPlan, at: number, input: FluxInput): ClusterObject {
  const { product, stage, domain, labels, flux } = input;
  const name = fitName(`${product}-${stage}${at === 0 ? "" : `-${at}`}`, NAME_LIMITS.kubernetes.max);
  return {
    apiVersion: "image.toolkit.fluxcd.io/v1",
    kind: "ImageUpdateAutomation",
    metadata: { name, namespace: flux.namespace, labels },
    spec: {
      interval: INTERVAL,
      sourceRef: { kind: "GitRepository", name: source },
      git: {
        checkout: { ref: { branch } },
        commit: {
          author: { name: "Flux", email: `flux@${domain}` },
          messageTemplate: `Deploy to ${stage}\n\n{{ range .Changed.Changes }}{{ print .OldValue }} -> {{ println .NewValue }}{{ end }}`,
        },
        push: { branch },
      },
      policySelector: { matchLabels: labels },
      update: { strategy: "Setters", path },
    },
  };
}

/** A text as an expression of Go that matches it alone. */
const exactly = (text: string): string => `^${text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`;

function chartObjects({ name, chart, namespace }: ChartConfig, range: string, input: FluxInput): ClusterObject[] {
  const { stage, labels } = input;
  const image = input.images.find(({ repository }) => repository === chart);
  if (image === undefined) return [];
  const [registry] = input.registries[image.class];
  const { signers } = input.policies[image.class];
  const keys = signers.flatMap((signer) => ("key" in signer ? [signer.key] : []));
  const identities = signers.flatMap((signer) =>
    "key" in signer ? [] : [{ issuer: exactly(signer.issuer), subject: exactly(signer.subject) }],
  );
  const metadata = { name, namespace, labels };
  const secret = { name: fitName(`${name}-signers`, NAME_LIMITS.kubernetes.max), namespace, labels };
  // Flux takes keys or identities, never both: who holds a key is the narrower of the two.
  const trusted =
    keys.length > 0
      ? { secretRef: { name: secret.name } }
      : defined({ matchOIDCIdentity: identities.length === 0 ? undefined : identities });
  return [
    ...(keys.length === 0
      ? []
      : [
          {
            ...{ apiVersion: "v1", kind: "Secret", metadata: secret },
            stringData: Object.fromEntries(keys.map((key, at) => [`key${at}.pub`, key])),
          },
        ]),
    {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "OCIRepository",
      metadata,
      spec: {
        interval: INTERVAL,
        url: `oci://${repositoryIn(registry, chart)}`,
        ref: { semver: range, semverFilter: deployedTags(stage, input) },
        layerSelector: { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", operation: "copy" },
        ...loginOf(registry),
        ...(signers.length === 0 ? {} : { verify: { provider: "cosign", ...trusted } }),
      },
    },
    {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata,
      spec: {
        interval: INTERVAL,
        chartRef: { kind: "OCIRepository", name },
        valuesFrom: [{ kind: "ConfigMap", name: `${name}-values` }],
        install: { remediation: { retries: 3 } },
        upgrade: { remediation: { retries: 3 } },
        driftDetection: { mode: "enabled" },
      },
    },
  ];
}
