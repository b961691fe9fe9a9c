import type { ArmKind } from "../../base/azure/armId";
import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import { stableGuid } from "../../base/guid";
import { repositoryIn } from "../cluster/clusterObject";
import { type Right, serviceAccountSubject } from "../identity/identities";
import type { IdentityDraft } from "../identity/planIdentities";
import type { ImageClass, MappedImage } from "../image/imageClass";
import type { RegistryMode } from "../image/registryKind";
import { credentialName, fitName, NAME_LIMITS } from "../plan/names";
import type { PasswordsPlan } from "../plan/passwords";
import type { RegistryPlan } from "../plan/registries";
import type { Stage } from "../stage";

/** Where a console can run. */
export const CONSOLE_KINDS = ["kubernetes", "container-apps"] as const;

/** Microsoft.App/managedEnvironments: lower-case letters, digits and hyphens. Source: Azure, naming rules. */
export const ENVIRONMENT_ARM_KIND: ArmKind = {
  type: "Microsoft.App/managedEnvironments",
  name: /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,58}[A-Za-z0-9])?$/,
  nameForm: "an environment's name, 1 to 60 letters, digits and hyphens",
};

/**
 * How many processes of a console may run: each keeps an index of its own, and reads the registries for it at a pace of two
 * fifths of what Azure Container Registry allows one identity a minute.
 */
export const MOST_REPLICAS = 2;

/** The console's own image, by digest. */
export interface ConsoleImage {
  /** The host that the stage file names; absent where it leaves that to the stage's own registry. */
  host?: string | undefined;
  /** The repository as the map has it; behind a host with the registry's own path in front. */
  path: string;
  digest: Digest;
}

/** How visitors reach a console in a cluster. */
type ConsoleRoute =
  | { by: "ingress"; class: string; tls: string }
  | { by: "gateway"; name: string; namespace: string; listener?: string | undefined };

/** How a cluster's nodes pull the console's image. */
type ConsolePull = { how: "node-identity" } | { how: "workload-identity" } | { how: "stored-secret"; secret: string };

/** Where a cluster keeps what the console logs in with: the stage's vault, or a Secret that is there. */
type ConsoleLogins = { from: "vault" } | { from: "secret"; name: string };

/** What a stage file says of a console, wherever it runs. */
interface CommonConfig {
  image: ConsoleImage;
  replicas: number;
  resources: ConsoleResources;
  /** Whether its identity may list and read the machine tokens in the stage's vault, and with them all of its secrets. */
  machineTokens: boolean;
  /** By file in the console's folder of secrets: the name of a secret in the stage's vault. */
  files: Readonly<Record<string, string>>;
}

/** What one replica gets. */
interface ConsoleResources {
  /** Cores. */
  cpu: number;
  memoryMiB: number;
}

/** A console in a cluster, as a stage file says it. */
interface ClusterConsoleConfig extends CommonConfig {
  kind: "kubernetes";
  namespace: string;
  createNamespace: boolean;
  /** The host that visitors know it by. */
  host: string;
  route: ConsoleRoute;
  /** Names of the namespaces that may connect to it: that of the ingress or gateway, and of what reads its metrics. */
  from: readonly string[];
  pull: ConsolePull;
  logins: ConsoleLogins;
  /** Name of a PersistentVolumeClaim in the namespace, for what outlives the pod; there with one replica alone. */
  dataClaim?: string | undefined;
  /** The cluster's OIDC issuer; needed where the console logs in as an identity. */
  issuer?: string | undefined;
}

/** A console in Azure Container Apps, as a stage file says it. */
export interface AppConsoleConfig extends CommonConfig {
  kind: "container-apps";
  /** ARM id of the managed environment. */
  environment: string;
  /** The host that visitors know it by; the environment's own where not given. */
  host?: string | undefined;
  /** ARM id of the host's certificate in the environment; there with `host`. */
  certificate?: string | undefined;
}

/** What a stage file says of its console. */
export type ConsoleConfig = ClusterConsoleConfig | AppConsoleConfig;

/** A secret of the stage's vault, and the file that it becomes. */
interface ConsoleFile {
  /** Below the folder of secrets, such as `secure-password` or `session-keys/2027-01-31`. */
  file: string;
  secretName: string;
  /** Of a token's password: the class of its registry. */
  class?: ImageClass;
}

interface CommonPlan {
  /** Name of everything that is made for it. */
  name: string;
  /** Its image: which class's registry it is from, and its digest. */
  image: { class: ImageClass; repository: string; digest: Digest };
  replicas: number;
  resources: ConsoleResources;
  machineTokens: boolean;
  /** What is mounted from the stage's vault; empty where it is not. */
  files: readonly ConsoleFile[];
  /** Name of the vault; absent where nothing is mounted from it. */
  vaultName?: string;
  /** Name of the identity that the console and its platform log in as; absent where there is none. */
  identity?: string;
}

/** A console in a cluster, decided. */
export type ClusterConsolePlan = CommonPlan &
  Pick<
    ClusterConsoleConfig,
    "kind" | "namespace" | "createNamespace" | "host" | "route" | "from" | "pull" | "logins"
  > & {
    dataClaim?: string;
  };

/** A console in Azure Container Apps, decided. */
export type AppConsolePlan = CommonPlan &
  Pick<AppConsoleConfig, "kind" | "environment"> & { host?: string; certificate?: string };

/** A stage's console, decided. */
export type ConsolePlan = ClusterConsolePlan | AppConsolePlan;

/** What a console is planned from. */
export interface ConsoleInput {
  stage: Stage;
  product: { name: string };
  images: readonly MappedImage[];
  registries: Readonly<Record<ImageClass, { mode: RegistryMode; namespace?: string | undefined }>>;
  console?: ConsoleConfig | undefined;
}

/** The image of the map that a console's image is; undefined where it is none of them. */
export function mappedConsole(
  { images, registries }: Pick<ConsoleInput, "images" | "registries">,
  { host, path }: ConsoleImage,
): MappedImage | undefined {
  const pathOf = ({ repository, class: imageClass }: MappedImage) => {
    const { namespace } = registries[imageClass];
    return host === undefined || namespace === undefined ? repository : `${namespace}/${repository}`;
  };
  return images.find((image) => pathOf(image) === path);
}

/** The reference by which a console is pulled: its registry's host, and a digest. */
export const consoleReference = (
  { image: { repository, digest } }: ConsolePlan,
  registry: { host: string; namespace?: string | undefined },
): string => `${repositoryIn(registry, repository)}@${digest}`;

const HTTPS = 443;

/** The ports that a console connects to: 443, and those that hosts of named registries say. */
export function consolePorts(registries: Readonly<Record<ImageClass, RegistryPlan>>): number[] {
  const hosts = Object.values(registries).map((plan) => (plan.mode === "reference" ? plan.loginServer : ""));
  const ports = hosts.map((host) => Number(/:(\d+)$/.exec(host)?.[1] ?? HTTPS));
  return [...new Set([HTTPS, ...ports])].sort((a, b) => a - b);
}

/** Where the console expects its secrets, and the port that it listens at: the defaults of `dualreg console build`. */
export const CONSOLE_SECRETS = "/run/secrets/dual-registry";
export const CONSOLE_PORT = 8080;
/** Where a console that is built with `--data` keeps what outlives a restart of its process. */
export const CONSOLE_DATA = "/var/lib/dual-registry";

/** The name of a console's objects in a cluster, its service account among them. */
export const consoleName = (product: string): string => fitName(`${product}-console`, NAME_LIMITS.kubernetes.max);

/** The file that the password of the product's own token at that registry is. */
export const passwordFile = (registry: ImageClass): string => `${registry}-password`;

/** Whether a console mounts something of the stage's vault. */
export const mountsVault = (config: ConsoleConfig): boolean =>
  config.kind === "container-apps" || config.logins.from === "vault";

/** Whether a console, or its platform on its behalf, logs in as an identity of the stage. */
export const needsIdentity = (config: ConsoleConfig): boolean =>
  mountsVault(config) ||
  config.machineTokens ||
  (config.kind === "kubernetes" && config.pull.how === "workload-identity");

/**
 * Plans a stage's console, and its identity: it reads the secrets that are mounted and nothing else of the vault, unless
 * the stage file lets it read the machine tokens.
 *
 * @param config checked: its image is in the map, and what it needs of the vault is there
 * @returns nothing where the stage file asks for none
 */
export function planConsole(
  config: ConsoleInput,
  passwords: PasswordsPlan | undefined,
): { plan: ConsolePlan; identities: IdentityDraft[] } | undefined {
  const { console, product, stage } = config;
  const image = console && mappedConsole(config, console.image);
  if (console === undefined || image === undefined) return undefined;
  const name = consoleName(product.name);
  const files = mountsVault(console) ? filesOf(product.name, console, passwords) : [];
  const identity = needsIdentity(console)
    ? fitName(`id-${product.name}-${stage}-console`, NAME_LIMITS.identity.max)
    : undefined;
  const common: CommonPlan = {
    image: { class: image.class, repository: image.repository, digest: console.image.digest },
    ...{ name, replicas: console.replicas, resources: console.resources, machineTokens: console.machineTokens, files },
    ...defined({ vaultName: files.length === 0 ? undefined : passwords?.vault.vaultName, identity }),
  };
  const draft = identity === undefined ? [] : [identityOf(identity, console, common)];
  if (console.kind === "container-apps") {
    const { kind, environment, host, certificate } = console;
    // Names of container apps have at most 32 characters.
    const app = fitName(`${product.name}-${stage}-console`, APP_NAME);
    return { plan: { ...common, name: app, kind, environment, ...defined({ host, certificate }) }, identities: draft };
  }
  const { kind, namespace, createNamespace, host, route, from, pull, logins, dataClaim } = console;
  const placed = { kind, namespace, createNamespace, host, route, from, pull, logins, ...defined({ dataClaim }) };
  return {
    plan: { ...common, ...placed },
    identities: draft,
  };
}

const APP_NAME = 32;

/** The passwords of the product's own tokens, which reach every image, and what the stage file names beside them. */
function filesOf(product: string, { files }: ConsoleConfig, passwords: PasswordsPlan | undefined): ConsoleFile[] {
  const own = (passwords?.secrets ?? [])
    .filter(({ consumer }) => consumer === product)
    .map(({ registry, secretName }) => ({ file: passwordFile(registry), secretName, class: registry }))
    .filter(({ file }) => !Object.hasOwn(files, file));
  const named = Object.entries(files).map(([file, secretName]) => ({ file, secretName }));
  return [...own, ...named].sort((a, b) => (a.file < b.file ? -1 : 1));
}

function identityOf(name: string, console: ConsoleConfig, { files, image, name: account }: CommonPlan): IdentityDraft {
  const secrets = [...new Map(files.map((one) => [one.secretName, one])).values()];
  const pulls = console.kind === "container-apps" || console.pull.how === "workload-identity";
  const rights: Right[] = [
    ...(pulls ? [{ role: "AcrPull", on: { at: "registry", class: image.class } } as const] : []),
    ...secrets.map(({ secretName, class: of }): Right => {
      return { role: "ReadSecret", on: { at: "secret", name: secretName, ...defined({ class: of }) } };
    }),
    ...(console.machineTokens ? [{ role: "ReadSecret", on: { at: "vault" } } as const] : []),
  ];
  const { issuer, namespace } = console.kind === "kubernetes" ? console : { issuer: undefined, namespace: "" };
  const credentials =
    issuer === undefined
      ? []
      : [
          {
            name: credentialName(`${namespace}-${account}-${stableGuid(issuer).slice(0, 8)}`),
            ...{ issuer, subject: serviceAccountSubject(namespace, account) },
          },
        ];
  return { name, purpose: "pull", credentials, rights };
}
