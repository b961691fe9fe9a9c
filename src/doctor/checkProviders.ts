import { ok, problem, warning, type Finding } from "./finding";
import { whyNot, type Probe } from "./probe";

/** The resource providers whose types the program makes; a new subscription has them unregistered. */
export const RESOURCE_PROVIDERS = [
  "Microsoft.ContainerRegistry",
  "Microsoft.OperationalInsights",
  "Microsoft.Insights",
] as const;

/** Are the resource providers registered in a stage's subscription? */
export async function checkProviders(probe: Probe, stage: string, subscription: string): Promise<Finding> {
  const id = `resource-providers.${stage}`;
  const states = await Promise.all(
    RESOURCE_PROVIDERS.map(async (name) => {
      const query = ["provider", "show", "--namespace", name, "--subscription", subscription];
      const answer = await probe("az", [...query, "--query", "registrationState", "--output", "tsv"]);
      return { name, state: answer.state === "answered" ? answer.stdout.trim() : `unknown, ${whyNot(answer)}` };
    }),
  );
  const missing = states.filter(({ state }) => state !== "Registered");
  if (missing.length === 0) return ok(id, RESOURCE_PROVIDERS.join(", "));
  const found = missing.map(({ name, state }) => `${name} is ${state}`).join("\n");
  const register = (name: string) => `az provider register --namespace ${name} --subscription ${subscription} --wait`;
  const remedy = missing.map(({ name }) => register(name)).join("\n");
  return missing.every(({ state }) => state === "Registering")
    ? warning(id, found, remedy)
    : problem(id, found, remedy);
}
