import { checkAzureLogin, type AzureLogin } from "./checkAzureLogin";
import { checkProviders } from "./checkProviders";
import { checkRights } from "./checkRights";
import { checkSubscription } from "./checkSubscription";
import type { Variables } from "./environmentLogin";
import { skipped, type Finding } from "./finding";
import type { Probe } from "./probe";
import type { StageFacts } from "./stageFacts";

/** The login to Azure, and for each stage its subscription, the rights in it and its resource providers. */
export async function examineAzure(probe: Probe, env: Variables, stages: readonly StageFacts[]): Promise<Finding[]> {
  const login = await checkAzureLogin(probe, env);
  const perStage: Finding[] = [];
  // One stage after the other: az is slow to start, and many at once are slower.
  for (const facts of stages) perStage.push(...(await examineStage(probe, login, facts)));
  return [login.finding, ...perStage];
}

async function examineStage(probe: Probe, login: AzureLogin, facts: StageFacts): Promise<Finding[]> {
  const { stage, subscriptionId = "" } = facts;
  const skip = (ids: readonly string[], reason: string) => ids.map((id) => skipped(`${id}.${stage}`, reason));
  const all = ["subscription", "rights", "resource-providers"];
  if (!login.az) return skip(all, "az cannot be asked");
  if (!facts.hasValues) return skip(all, `${facts.file} cannot be read`);
  const subscription = await checkSubscription(probe, facts);
  if (subscription.status !== "ok") {
    return [subscription, ...skip(["rights", "resource-providers"], "the subscription cannot be looked at")];
  }
  const rights = await checkRights(probe, stage, subscriptionId, login);
  return [subscription, rights, await checkProviders(probe, stage, subscriptionId)];
}
