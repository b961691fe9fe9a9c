import { defined } from "../base/defined";
import { fieldAt, textAt } from "../base/json";
import { type DecodedStage, isExampleSubscription } from "../config";
import { type Finding, ok, problem, skipped, warning } from "./finding";
import { environmentLogin, jsonOf, type Probe, type Variables, whyNot } from "./probe";

/** The login to Azure, and for each stage its subscription, the rights in it and its resource providers. */
export async function examineAzure(probe: Probe, env: Variables, stages: readonly DecodedStage[]): Promise<Finding[]> {
  const login = await checkAzureLogin(probe, env);
  const perStage: Finding[] = [];
  // One stage after the other: az is slow to start, and many at once are slower.
  for (const stage of stages) perStage.push(...(await examineStage(probe, login, stage)));
  return [login.finding, ...perStage];
}

async function examineStage(probe: Probe, login: AzureLogin, decoded: DecodedStage): Promise<Finding[]> {
  const { stage, subscriptionId = "" } = decoded;
  const skip = (ids: readonly string[], reason: string) => ids.map((id) => skipped(`${id}.${stage}`, reason));
  const all = ["subscription", "rights", "resource-providers"];
  if (!login.az) return skip(all, "az cannot be asked");
  if (!decoded.hasValues) return skip(all, `${decoded.file} cannot be read`);
  const subscription = await checkSubscription(probe, decoded);
  if (subscription.status !== "ok") {
    return [subscription, ...skip(["rights", "resource-providers"], "the subscription cannot be looked at")];
  }
  const rights = await checkRights(probe, stage, subscriptionId, login);
  return [subscription, rights, await checkProviders(probe, stage, subscriptionId)];
}

/** Who deploys, as far as it can be told. */
interface AzureLogin {
  finding: Finding;
  /** True where `az` can be asked further questions. */
  az: boolean;
  /** The identity whose rights count: an object id, or the id of a service principal's application. */
  assignee?: string;
  /** How a command that is shown names it. */
  shownAssignee: string;
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

/** The resource providers whose types the program makes; a new subscription has them unregistered. */
const RESOURCE_PROVIDERS = [
  "Microsoft.ContainerRegistry",
  "Microsoft.OperationalInsights",
  "Microsoft.Insights",
] as const;

/** Are the resource providers registered in a stage's subscription? */
async function checkProviders(probe: Probe, stage: string, subscription: string): Promise<Finding> {
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

/** Roles that may make what a stage is made of. Source: Azure built-in roles. */
const MAKES: readonly string[] = ["Contributor", "Owner"];

/** Roles that may give roles to others. */
const ASSIGNS: readonly string[] = ["Role Based Access Control Administrator", "User Access Administrator", "Owner"];

const grant = (role: string, assignee: string, subscription: string) =>
  `az role assignment create --assignee ${assignee} --role "${role}" --scope /subscriptions/${subscription}`;

/** May who is logged in make a stage's resources in its subscription? Roles inherited and held by groups count. */
async function checkRights(
  probe: Probe,
  stage: string,
  subscription: string,
  { assignee, shownAssignee }: Pick<AzureLogin, "assignee" | "shownAssignee">,
): Promise<Finding> {
  const id = `rights.${stage}`;
  const query = (who: string) => ["role", "assignment", "list", "--assignee", who, "--subscription", subscription];
  const rest = ["--include-inherited", "--include-groups", "--output", "json"];
  const byHand = ["az", ...query(shownAssignee), ...rest.slice(0, 2), "--output table"].join(" ");
  if (assignee === undefined) return skipped(id, "which identity deploys cannot be told from the login", byHand);
  const answer = await probe("az", [...query(assignee), ...rest]);
  const assignments = jsonOf(answer);
  if (!Array.isArray(assignments)) {
    return problem(id, `the roles in ${subscription} cannot be listed: ${whyNot(answer)}`, byHand);
  }
  const roles = new Set(assignments.map((one) => textAt(one, "roleDefinitionName") ?? ""));
  const has = (wanted: readonly string[]) => wanted.filter((role) => roles.has(role));
  const held = [...new Set([...has(MAKES), ...has(ASSIGNS)])].join(", ");
  if (has(MAKES).length === 0) {
    const found = `no Contributor or Owner in ${subscription}`;
    return problem(id, found, grant("Contributor", shownAssignee, subscription));
  }
  if (has(ASSIGNS).length === 0) {
    const found = `${held}; not ${ASSIGNS.join(", ")}, one of which is needed where the program assigns roles`;
    return warning(id, found, grant("Role Based Access Control Administrator", shownAssignee, subscription));
  }
  return ok(id, held);
}
