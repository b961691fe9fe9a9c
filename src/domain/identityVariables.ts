import type { EnvironmentPlan } from "./gates";
import type { IdentityPlan } from "./identities";

/** A variable of an environment whose value Azure gives: a client id is no secret, since it proves nothing. */
export interface IdentityVariable {
  name: string;
  /** Name of the identity. */
  identity: string;
  value: "clientId" | "tenantId" | "subscriptionId";
}

/** `azure/login` looks for AZURE_CLIENT_ID; where several log in at one environment, each job names its own. */
function clientVariable({ purpose }: IdentityPlan): string {
  return purpose === "publish" || purpose === "preview"
    ? "AZURE_CLIENT_ID"
    : `AZURE_${purpose.toUpperCase()}_CLIENT_ID`;
}

/** The variables that the jobs of an environment log in with; none where no identity is bound to it. */
function variablesOf(environment: EnvironmentPlan, identities: readonly IdentityPlan[]): IdentityVariable[] {
  const bound = identities.filter(({ credentials }) =>
    credentials.some(({ subject }) => subject.includes(`:environment:${environment.name}:`)),
  );
  const [first] = bound;
  if (!first) return [];
  return [
    ...bound.map((one): IdentityVariable => ({ name: clientVariable(one), identity: one.name, value: "clientId" })),
    { name: "AZURE_TENANT_ID", identity: first.name, value: "tenantId" },
    { name: "AZURE_SUBSCRIPTION_ID", identity: first.name, value: "subscriptionId" },
  ];
}

/** The environments, each with what its jobs need to log in to Azure. */
export function withIdentities(
  environments: readonly EnvironmentPlan[],
  identities: readonly IdentityPlan[],
): EnvironmentPlan[] {
  return environments.map((environment) => ({
    ...environment,
    variables: [...environment.variables, ...variablesOf(environment, identities)],
  }));
}
