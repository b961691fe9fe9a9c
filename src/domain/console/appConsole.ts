import { defined } from "../../base/defined";
import { type AppConsolePlan, CONSOLE_DATA, CONSOLE_PORT, CONSOLE_SECRETS } from "./planConsole";

/** What only the cloud knows of a console in Container Apps. @typeParam T text, or what becomes text */
export interface AppConsoleAnswers<T> {
  /** The whole reference of its image, by digest. */
  image: T;
  /** The host of the registry that it is pulled from. */
  registryHost: T;
  /** The address of the vault, with `/` at its end. */
  vaultUri: T;
  /** The identity that pulls, and reads the vault. */
  identity: { id: T; clientId: T };
}

/** Names of secrets in Container Apps have no slash. */
const secretOf = (file: string): string => file.replace("/", ".");

const probe = (
  type: string,
  path: string,
  timing: { periodSeconds: number; timeoutSeconds: number; failureThreshold: number },
) => ({
  type,
  httpGet: { path, port: CONSOLE_PORT, scheme: "HTTP" },
  ...timing,
});

/**
 * A console as a container app: https alone in front, an image by digest, secrets of the vault as files. Pure, and generic
 * in what the cloud knows, so that a preview shows all the rest. What the platform has no setting for is the root file
 * system; that the user is not root is in the image.
 *
 * Sources: Azure Container Apps, "Manage secrets" (Key Vault references, secrets in volume mounts), "Health probes" (at most
 * 10 failures), "Managed identities" (lifecycle None keeps an identity from the code).
 *
 * @param uriOf the address of a secret in the vault
 */
export function appConsole<T>(
  plan: AppConsolePlan,
  answers: AppConsoleAnswers<T>,
  uriOf: (vault: T, secretName: string) => T,
) {
  const { image, registryHost, vaultUri, identity } = answers;
  const { replicas, resources, files, machineTokens, host, certificate } = plan;
  const customDomain =
    host === undefined || certificate === undefined
      ? undefined
      : { name: host, bindingType: "SniEnabled", certificateId: certificate };
  return {
    containerAppName: plan.name,
    environmentId: plan.environment,
    // The platform would put another image in its place.
    patchingConfiguration: { patchingMode: "Disabled" },
    configuration: {
      activeRevisionsMode: "Single",
      ingress: {
        external: true,
        allowInsecure: false,
        targetPort: CONSOLE_PORT,
        transport: "auto",
        traffic: [{ latestRevision: true, weight: 100 }],
        ...defined({ customDomains: customDomain && [customDomain] }),
      },
      registries: [{ server: registryHost, identity: identity.id }],
      secrets: files.map(({ file, secretName }) => ({
        name: secretOf(file),
        keyVaultUrl: uriOf(vaultUri, secretName),
        identity: identity.id,
      })),
      identitySettings: [{ identity: identity.id, lifecycle: machineTokens ? "Main" : "None" }],
    },
    template: {
      containers: [
        {
          name: "console",
          image,
          // By which the console says which identity it asks the vault as.
          ...(machineTokens ? { env: [{ name: "AZURE_CLIENT_ID", value: identity.clientId }] } : {}),
          resources: { cpu: resources.cpu, memory: `${resources.memoryMiB / 1024}Gi` },
          probes: [
            probe("Startup", "/healthz", { periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 10 }),
            probe("Liveness", "/healthz", { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 }),
            probe("Readiness", "/readyz", { periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 3 }),
          ],
          volumeMounts: [
            { volumeName: "tmp", mountPath: "/tmp" },
            { volumeName: "data", mountPath: CONSOLE_DATA },
            { volumeName: "secrets", mountPath: CONSOLE_SECRETS },
          ],
        },
      ],
      scale: { minReplicas: replicas, maxReplicas: replicas },
      volumes: [
        { name: "tmp", storageType: "EmptyDir" },
        { name: "data", storageType: "EmptyDir" },
        {
          name: "secrets",
          storageType: "Secret",
          secrets: files.map(({ file }) => ({ secretRef: secretOf(file), path: file })),
        },
      ],
    },
  };
}
