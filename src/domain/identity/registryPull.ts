import { parseEcrHost } from "../../base/registryHost";
import type { ImageClass } from "../image/imageClass";
import { REGISTRY_ACCESS } from "../image/registryAccess";
import type { RegistryKind } from "../image/registryKind";
import { fitName, NAME_LIMITS } from "../plan/names";
import { pulledClasses, type TokenInput } from "../plan/tokens";

/**
 * Ways to pull from a registry that is only named: nothing, since nodes may; a pull secret that is there already; one that
 * External Secrets keeps from a vault; one that it keeps from tokens, which it makes itself.
 */
export const REGISTRY_PULL_WAYS = ["node-identity", "stored-secret", "vault-secret", "token-generator"] as const;

/** One of these ways. */
export type RegistryPullWay = (typeof REGISTRY_PULL_WAYS)[number];

const BY_SECRET = ["stored-secret", "vault-secret"] as const;

/**
 * The ways of each kind. A token of ECR ends after twelve hours, so that no secret which is stored or kept in a vault is of
 * use there. Nodes pull from Azure's, Amazon's and Google's registries by their own identity; the identity of a pod is not
 * asked. Sources: Amazon ECR user guide, "Using Amazon ECR Images with Amazon EKS"; Google Cloud, "Deploy to Google Kubernetes
 * Engine", "Permissions"; Azure, "Authenticate with Azure Container Registry from Azure Kubernetes Service".
 */
export const WAYS_OF_KIND: Readonly<Record<RegistryKind, readonly RegistryPullWay[]>> = {
  acr: ["node-identity", ...BY_SECRET],
  ecr: ["node-identity", "token-generator"],
  gar: ["node-identity", "token-generator", ...BY_SECRET],
  ghcr: BY_SECRET,
  quay: BY_SECRET,
  harbor: BY_SECRET,
  gitlab: BY_SECRET,
  dockerhub: BY_SECRET,
  distribution: BY_SECRET,
};

/** A login whose password a vault keeps. */
interface VaultLogin {
  /** As the registry has it: a robot's or token's name. */
  username: string;
  /** Key of the password in the vault. */
  key: string;
  /** The field of it, where the vault keeps several under one key. */
  property?: string | undefined;
}

/** A store of External Secrets that is there. */
interface SecretStoreName {
  name: string;
  kind: "SecretStore" | "ClusterSecretStore";
}

/** A cluster of Google's, whose accounts log in by their own tokens. */
interface GoogleCluster {
  project: string;
  location: string;
  name: string;
}

/** What a stage file says of one service account whose pods pull from registries that are only named. */
export type RegistryPullConfig = {
  consumer: string;
  namespace: string;
  createNamespace: boolean;
  /** Default: the consumer's name. */
  serviceAccount?: string | undefined;
} & (
  | { how: "node-identity" }
  /** `secret`: by default the one that is usual for the kind, such as ghcr-secret. */
  | { how: "stored-secret"; secret?: string | undefined }
  /** `logins`: by host. */
  | { how: "vault-secret"; store: SecretStoreName; logins: Readonly<Record<string, VaultLogin>> }
  /** `identity`: ARN of an IAM role, or address of a service account of Google's. */
  | { how: "token-generator"; identity: string; cluster?: GoogleCluster | undefined }
);

/** A registry that a token is made for. */
export type TokenRegistry =
  | { kind: "ecr"; host: string; region: string }
  | { kind: "gar"; host: string; project: string; cluster: GoogleCluster };

/** One service account and what gives its pods access to named registries, decided. */
export type RegistryPullPlan = {
  /** Part of resource names: namespace and service account. */
  name: string;
  namespace: string;
  createNamespace: boolean;
  serviceAccount: string;
  /** Name of what is made beside the account. */
  objectName: string;
} & (
  | { how: "node-identity" }
  | { how: "stored-secret"; secret: string }
  | { how: "vault-secret"; store: SecretStoreName; logins: readonly (VaultLogin & { host: string })[] }
  | { how: "token-generator"; identity: string; registries: readonly TokenRegistry[] }
);

/** A registry of a stage that is only named. */
export interface NamedRegistry {
  kind: RegistryKind;
  host: string;
  namespace?: string | undefined;
}

/** What access to named registries is planned from. */
export interface RegistryPullInput extends Omit<TokenInput, "registries"> {
  registries: Readonly<Record<ImageClass, { mode: "create" | "adopt" } | ({ mode: "reference" } & NamedRegistry)>>;
}

/** The named registries that a consumer reads, each host once. */
export function namedRegistriesOf(config: RegistryPullInput, consumer: string): NamedRegistry[] {
  const named = pulledClasses(config, consumer).flatMap((imageClass) => {
    const registry = config.registries[imageClass];
    return registry.mode === "reference" ? [registry] : [];
  });
  return named.filter(({ host }, at) => named.findIndex((other) => other.host === host) === at);
}

/** The registries of which a way is meant; the others need none, or the configuration was refused. */
export const meantBy = (how: RegistryPullWay, registries: readonly NamedRegistry[]): NamedRegistry[] =>
  registries.filter(({ kind }) => WAYS_OF_KIND[kind].includes(how));

/** Plans who pulls from named registries. @param entries checked: each way fits its registries */
export function planRegistryPull(
  config: RegistryPullInput,
  entries: readonly RegistryPullConfig[],
): RegistryPullPlan[] {
  return entries.map((entry): RegistryPullPlan => {
    const { consumer, namespace, createNamespace, serviceAccount = consumer } = entry;
    const objectName = fitName(`${serviceAccount}-pull`, NAME_LIMITS.kubernetes.max);
    const common = { name: `${namespace}-${serviceAccount}`, namespace, createNamespace, serviceAccount, objectName };
    const meant = meantBy(entry.how, namedRegistriesOf(config, consumer));
    switch (entry.how) {
      case "node-identity":
        return { ...common, how: entry.how };
      case "stored-secret": {
        const usual = meant[0] && REGISTRY_ACCESS[meant[0].kind].pullSecret;
        return { ...common, how: entry.how, secret: entry.secret ?? usual ?? "registry-secret" };
      }
      case "vault-secret": {
        const logins = Object.entries(entry.logins).map(([host, login]) => ({ host, ...login }));
        return { ...common, how: entry.how, store: entry.store, logins };
      }
      case "token-generator": {
        const registries = meant.flatMap((registry) => tokenRegistry(registry, entry.cluster) ?? []);
        return { ...common, how: entry.how, identity: entry.identity, registries };
      }
    }
  });
}

/** Where a token is made for a registry: its region, or its project, which is the first part of its path. */
function tokenRegistry(
  { kind, host, namespace = "" }: NamedRegistry,
  cluster?: GoogleCluster,
): TokenRegistry | undefined {
  const region = parseEcrHost(host)?.region;
  if (kind === "ecr" && region !== undefined) return { kind, host, region };
  const [project = ""] = namespace.split("/");
  return kind === "gar" && cluster ? { kind, host, project, cluster } : undefined;
}
