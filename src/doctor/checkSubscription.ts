import { isExampleSubscription } from "./exampleValues";
import { textField } from "./fields";
import { ok, problem, skipped, type Finding } from "./finding";
import { jsonOf, whyNot, type Probe } from "./probe";
import type { StageFacts } from "./stageFacts";

/** Can who is logged in see the stage's subscription? It need not be the current one: the stage file names it. */
export async function checkSubscription(probe: Probe, { stage, file, subscriptionId }: StageFacts): Promise<Finding> {
  const id = `subscription.${stage}`;
  if (subscriptionId === undefined) {
    const remedy = `pulumi config set azure-native:subscriptionId <subscription id> --stack ${stage}`;
    return problem(
      id,
      `${file} names no azure-native:subscriptionId, so the login's current one would be used`,
      remedy,
    );
  }
  if (isExampleSubscription(subscriptionId)) return skipped(id, "the subscription is still an example value");
  const answer = await probe("az", ["account", "show", "--subscription", subscriptionId, "--output", "json"]);
  const account = jsonOf(answer);
  const name = textField(account, "name");
  if (name === undefined) {
    const remedy =
      "az account list --refresh --all --output table  # is it there? if not: az login --tenant <tenant id>";
    return problem(id, `${subscriptionId} is not visible: ${whyNot(answer)}`, remedy);
  }
  const state = textField(account, "state") ?? "Enabled";
  if (state === "Enabled") return ok(id, `${name} (${subscriptionId})`);
  const remedy = "az account list --refresh --all --output table  # its owner can enable it in the portal";
  return problem(id, `${name} (${subscriptionId}) is ${state}`, remedy);
}
