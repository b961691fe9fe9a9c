/** The variables of a process. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A login to Azure that stands in the environment, as Azure's tools and Pulumi's provider read it. */
export interface EnvironmentLogin {
  /** Names of the variables it is made of; their values are never shown. */
  names: readonly string[];
  /** The variable that names the identity; absent for a managed identity of the machine. */
  clientVariable?: string;
}

const PROOFS: Readonly<Record<string, readonly string[]>> = {
  ARM: [
    "ARM_CLIENT_SECRET",
    "ARM_CLIENT_CERTIFICATE_PATH",
    "ARM_USE_OIDC",
    "ARM_OIDC_TOKEN",
    "ARM_OIDC_TOKEN_FILE_PATH",
    "ARM_OIDC_REQUEST_TOKEN",
  ],
  AZURE: ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"],
};

const isSet = (env: Variables, name: string) => !["", "false", "0"].includes((env[name] ?? "").toLowerCase());

/** The service principal, OIDC login or managed identity that the environment names; `undefined` where it is not whole. */
export function environmentLogin(env: Variables): EnvironmentLogin | undefined {
  for (const [prefix, all] of Object.entries(PROOFS)) {
    const identity = [`${prefix}_CLIENT_ID`, `${prefix}_TENANT_ID`];
    const proofs = all.filter((name) => isSet(env, name));
    if (proofs.length > 0 && identity.every((name) => isSet(env, name))) {
      return { names: [...identity, ...proofs], clientVariable: `${prefix}_CLIENT_ID` };
    }
  }
  return isSet(env, "ARM_USE_MSI") ? { names: ["ARM_USE_MSI"] } : undefined;
}
