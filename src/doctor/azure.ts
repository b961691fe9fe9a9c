import { defined } from "../base/defined";
import { fieldAt, textAt } from "../base/json";
import { type DecodedStage, isExampleSubscription } from "../config";
import { type Finding, ok, problem, skipped, warning } from "./finding";
import { type AzureNeeds, azureNeeds, type Planned } from "./needs";
import { environmentLogin, jsonOf, type Probe, type Variables, whyNot } from "./probe";
import { type Assignee, checkProviders, checkRights } from "./rights";

/**
 * The login to Azure, and for each stage its subscription, and whether it has the rights and resource providers that its
 * plan needs.
 *
 * @param plans what each stage plans; a stage whose preview fails is not among them
 */
export async function examineAzure(
  probe: Probe,
  env: Variables,
  stages: readonly DecodedStage[],
  plans: Promise<ReadonlyMap<string, Planned>>,
): Promise<Finding[]> {
  const login = await checkAzureLogin(probe, env);
  const planned = await plans;
  const perStage: Finding[] = [];
  // One stage after the other: az is slow to start, and many at once are slower.
  for (const stage of stages) {
    const plan = planned.get(stage.stage);
    perStage.push(...(await examineStage(probe, login, stage, plan && azureNeeds(plan))));
  }
  return [login.finding, ...perStage];
}

async function examineStage(
  probe: Probe,
  login: AzureLogin,
  decoded: DecodedStage,
  needs: AzureNeeds | undefined,
): Promise<Finding[]> {
  const { stage, subscriptionId = "" } = decoded;
  const skip = (ids: readonly string[], reason: string) => ids.map((id) => skipped(`${id}.${stage}`, reason));
  const all = ["subscription", "rights", "resource-providers"];
  if (!login.az) return skip(all, "az cannot be asked");
  if (!decoded.hasValues) return skip(all, `${decoded.file} cannot be read`);
  if (needs?.actions.length === 0 && needs.unknown.length === 0) return skip(all, "nothing is planned in Azure");
  const subscription = await checkSubscription(probe, decoded);
  if (subscription.status !== "ok") {
    return [subscription, ...skip(["rights", "resource-providers"], "the subscription cannot be looked at")];
  }
  if (needs === undefined) {
    return [subscription, ...skip(["rights", "resource-providers"], "what is planned is not known without a preview")];
  }
  const rights = await checkRights(probe, stage, subscriptionId, login, needs);
  return [subscription, rights, await checkProviders(probe, stage, subscriptionId, needs)];
}

/** Who deploys, as far as it can be told. */
interface AzureLogin extends Assignee {
  finding: Finding;
  /** True where `az` can be asked further questions. */
  az: boolean;
}

const ID = "azure-login";
const INSTALL = "curl -sL https://aka.ms/InstallAzureCLIDeb | sudo bash  # or: brew install azure-cli";
const SIGNED_IN_USER = '"$(az ad signed-in-user show --query id --output tsv)"';

/** Is there a login to Azure, by the Azure CLI or in the environment? */
async function checkAzureLogin(probe: Probe, env: Variables): Promise<AzureLogin> {
  const inEnvironment = environmentLogin(env);
  const account = await probe("az", ["account", "show", "--output", "json"]);
  const az = textAt(jsonOf(account), "id") !== undefined;
  if (inEnvironment !== undefined) {
    const { names, clientVariable } = inEnvironment;
    const found = `by the environment: ${names.join(", ")}`;
    const finding = az ? ok(ID, found) : warning(ID, `${found}; ${unasked(whyNot(account))}`);
    if (clientVariable === undefined) return { finding, az, shownAssignee: "<object id>" };
    const assignee = env[clientVariable];
    return { finding, az, ...defined({ assignee }), shownAssignee: `"$${clientVariable}"` };
  }
  if (account.state === "missing") {
    return { finding: problem(ID, "the Azure CLI (az) is not on PATH", INSTALL), az, shownAssignee: "" };
  }
  if (!az) {
    return { finding: problem(ID, `no login: ${whyNot(account)}`, "az login"), az, shownAssignee: "" };
  }
  return { az, ...(await signedIn(probe, jsonOf(account))) };
}

const unasked = (why: string) => `az cannot be asked about subscription and rights: ${why}`;

async function signedIn(
  probe: Probe,
  account: unknown,
): Promise<Pick<AzureLogin, "finding" | "assignee" | "shownAssignee">> {
  const name = textAt(account, "user", "name") ?? "somebody";
  const finding = ok(ID, `az, as ${name}`);
  if (fieldAt(account, "user", "type") === "servicePrincipal") {
    // A managed identity's name here is a word, such as systemAssignedIdentity, that no role is assigned to.
    return /^[0-9a-f-]{36}$/i.test(name)
      ? { finding, assignee: name, shownAssignee: name }
      : { finding, shownAssignee: "<object id>" };
  }
  const id = await probe("az", ["ad", "signed-in-user", "show", "--query", "id", "--output", "tsv"]);
  const assignee = id.state === "answered" && id.stdout.trim() !== "" ? id.stdout.trim() : name;
  return { finding, assignee, shownAssignee: SIGNED_IN_USER };
}

/** Can who is logged in see the stage's subscription? It need not be the current one: the stage file names it. */
async function checkSubscription(probe: Probe, { stage, file, subscriptionId }: DecodedStage): Promise<Finding> {
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
  const name = textAt(account, "name");
  if (name === undefined) {
    const remedy =
      "az account list --refresh --all --output table  # is it there? if not: az login --tenant <tenant id>";
    return problem(id, `${subscriptionId} is not visible: ${whyNot(answer)}`, remedy);
  }
  const state = textAt(account, "state") ?? "Enabled";
  if (state === "Enabled") return ok(id, `${name} (${subscriptionId})`);
  const remedy = "az account list --refresh --all --output table  # its owner can enable it in the portal";
  return problem(id, `${name} (${subscriptionId}) is ${state}`, remedy);
}
