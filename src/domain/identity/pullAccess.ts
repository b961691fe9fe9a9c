import { stableGuid } from "../../base/guid";
import { IMAGE_CLASSES, type ImageClass } from "../image/imageClass";
import { credentialName, fitName, identityName, NAME_LIMITS } from "../plan/names";
import type { PasswordsPlan, SecretPlan } from "../plan/passwords";
import type { TokenPlan } from "../plan/tokens";
import type { Stage } from "../stage";
import { serviceAccountSubject } from "./identities";
import type { IdentityDraft } from "./planIdentities";

/** Ways for pods to pull: a synced pull secret, a mounted password, or no password at all. */
export const PULL_WAYS = ["external-secrets", "csi", "workload-identity"] as const;

/** One of these ways. */
export type PullWay = (typeof PULL_WAYS)[number];

/** What a stage file says of one service account whose pods pull. */
export interface PullAccessConfig {
  consumer: string;
  namespace: string;
  createNamespace: boolean;
  /** Default: the consumer's name. */
  serviceAccount?: string | undefined;
  how: PullWay;
  /** The cluster's OIDC issuer. */
  issuer: string;
}

/** One service account and what gives its pods access, decided. */
export interface PullAccessPlan {
  /** Part of resource names: namespace and service account. */
  name: string;
  consumer: string;
  namespace: string;
  createNamespace: boolean;
  serviceAccount: string;
  how: PullWay;
  /** Name of the identity that its pods, or the operator on its behalf, log in as. */
  identity: string;
  /** Name of what is made beside the account: store, pull secret, provider class. */
  objectName: string;
  /** The passwords it reads; empty for workload-identity. */
  secrets: readonly SecretPlan[];
}

/** What access to pull is planned from. */
interface PullAccessInput {
  stage: Stage;
  product: { name: string };
  pullAccess?: readonly PullAccessConfig[] | undefined;
}

/** Name of the service account: as the stage file says it, else the consumer's name. */
const accountOf = (config: PullAccessConfig): string => config.serviceAccount ?? config.consumer;

const readsSecrets = ({ how }: PullAccessConfig) => how !== "workload-identity";

/** Plans who pulls from a cluster, and the identities for it. */
export function planPullAccess(
  config: PullAccessInput,
  tokens: readonly TokenPlan[],
  passwords: PasswordsPlan | undefined,
): { access: PullAccessPlan[]; identities: IdentityDraft[] } {
  const entries = config.pullAccess ?? [];
  const secretsOf = (consumer: string) => (passwords?.secrets ?? []).filter((one) => one.consumer === consumer);
  const access = entries.map((one): PullAccessPlan => {
    const { consumer, namespace, createNamespace, how } = one;
    return {
      name: `${namespace}-${accountOf(one)}`,
      consumer,
      namespace,
      createNamespace,
      serviceAccount: accountOf(one),
      how,
      identity: nameOf(config, one),
      objectName: fitName(`${accountOf(one)}-pull`, NAME_LIMITS.kubernetes.max),
      secrets: readsSecrets(one) ? secretsOf(consumer) : [],
    };
  });
  const identities = new Map(entries.map((one) => [nameOf(config, one), one]));
  return {
    access,
    identities: [...identities].map(([name, one]) => {
      const accounts = entries.filter((other) => nameOf(config, other) === name);
      return readsSecrets(one)
        ? secretReader(name, accounts, secretsOf(one.consumer))
        : puller(config, one.consumer, accounts, tokens);
    }),
  };
}

/** Who reads a password is not who pulls without one, so a consumer may have an identity for each. */
const nameOf = ({ product, stage }: PullAccessInput, one: PullAccessConfig) =>
  identityName(product.name, stage, "pull", readsSecrets(one) ? `${one.consumer}-secret` : one.consumer);

function puller(
  config: PullAccessInput,
  consumer: string,
  accounts: readonly PullAccessConfig[],
  tokens: readonly TokenPlan[],
): IdentityDraft {
  const reads = (of: ImageClass) => tokens.some((token) => token.consumer === consumer && token.registry === of);
  return pullIdentity({
    product: config.product.name,
    stage: config.stage,
    consumer,
    classes: IMAGE_CLASSES.filter(reads),
    accounts: accounts.map((one) => ({ ...one, serviceAccount: accountOf(one) })),
  });
}

/** An identity that reads the secrets of one consumer and nothing else. */
function secretReader(
  name: string,
  accounts: readonly PullAccessConfig[],
  secrets: readonly SecretPlan[],
): IdentityDraft {
  return {
    name,
    purpose: "pull",
    credentials: accounts.map((one) => ({
      name: credentialName(`${one.namespace}-${accountOf(one)}-${stableGuid(one.issuer).slice(0, 8)}`),
      issuer: one.issuer,
      subject: serviceAccountSubject(one.namespace, accountOf(one)),
    })),
    rights: secrets.map(({ registry, secretName }) => ({
      role: "ReadSecret",
      on: { at: "secret", class: registry, name: secretName },
    })),
  };
}

/** A service account whose pods pull. */
export interface PullingAccount {
  /** The cluster's own issuer, as `az aks show --query oidcIssuerProfile.issuerUrl` says it. */
  issuer: string;
  namespace: string;
  serviceAccount: string;
}

/**
 * The identity by which a consumer's pods pull without a password. It reads all of each registry: a registry in its own
 * permission mode has no narrower right for an identity, so a consumer of few repositories is better served by a token.
 *
 * @param classes registries that the stage holds and the consumer reads
 * @param accounts at most {@link MAX_CREDENTIALS}; checked with the configuration
 */
export function pullIdentity(input: {
  product: string;
  stage: Stage;
  consumer: string;
  classes: readonly ImageClass[];
  accounts: readonly PullingAccount[];
}): IdentityDraft {
  const { product, stage, consumer, classes, accounts } = input;
  return {
    name: identityName(product, stage, "pull", consumer),
    purpose: "pull",
    credentials: accounts.map(({ issuer, namespace, serviceAccount }) => ({
      // Two clusters may have a namespace and an account of the same name.
      name: credentialName(`${namespace}-${serviceAccount}-${stableGuid(issuer).slice(0, 8)}`),
      issuer,
      subject: serviceAccountSubject(namespace, serviceAccount),
    })),
    rights: classes.map((imageClass) => ({ role: "AcrPull", on: { at: "registry", class: imageClass } })),
  };
}
