import type { RegistryKind } from "./registryKind";

/** How people log in to a registry of one kind, and how a cluster pulls from it. */
interface RegistryAccess {
  /** What a user's name is, for messages. */
  usernames: string;
  /** Name of the secret that pods pull with; absent where the cluster's own identity does. */
  pullSecret?: string;
  /** Who pulls, for people. */
  pulledBy: string;
}

const BY_SECRET = "a pull secret of the namespace";

/**
 * Logins and pulls of each kind. Sources: Azure Container Registry, "az acr login --expose-token"; GitHub, "Working with the
 * Container registry"; Amazon ECR user guide, "Private registry authentication"; Google Cloud, "Configure authentication
 * to Artifact Registry for Docker"; Quay, "Robot accounts"; Harbor, "Create project robot accounts"; GitLab, "Deploy
 * tokens"; Docker, "Organization access tokens".
 */
export const REGISTRY_ACCESS: Readonly<Record<RegistryKind, RegistryAccess>> = {
  acr: {
    usernames: "a token's name, or that of zeros for a refresh token",
    pulledBy: "workload identity, or what pullAccess of the stage file says",
  },
  ghcr: {
    usernames: "anything but nothing: the token decides",
    pullSecret: "ghcr-secret",
    pulledBy: BY_SECRET,
  },
  ecr: { usernames: "AWS", pulledBy: "the IAM role of nodes or pods" },
  gar: {
    usernames: "oauth2accesstoken, or _json_key for a key of a service account",
    pulledBy: "the service account of nodes",
  },
  quay: {
    usernames: "<organization>+<robot>, or $oauthtoken",
    pullSecret: "quay-secret",
    pulledBy: BY_SECRET,
  },
  harbor: { usernames: "robot$<project>+<name>", pullSecret: "harbor-secret", pulledBy: BY_SECRET },
  gitlab: { usernames: "the name of a deploy token", pullSecret: "gitlab-secret", pulledBy: BY_SECRET },
  dockerhub: {
    usernames: "the organization's or the user's name",
    pullSecret: "dockerhub-secret",
    pulledBy: BY_SECRET,
  },
  distribution: { usernames: "as the registry has it", pullSecret: "registry-secret", pulledBy: BY_SECRET },
};
