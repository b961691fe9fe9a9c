import { environmentLogin, type Variables } from "./environmentLogin";
import { field, textField } from "./fields";
import { ok, problem, warning, type Finding } from "./finding";
import { jsonOf, whyNot, type Probe } from "./probe";

/** Who deploys, as far as it can be told. */
export interface AzureLogin {
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
export async function checkAzureLogin(probe: Probe, env: Variables): Promise<AzureLogin> {
  const inEnvironment = environmentLogin(env);
  const account = await probe("az", ["account", "show", "--output", "json"]);
  const az = textField(jsonOf(account), "id") !== undefined;
  if (inEnvironment !== undefined) {
    const { names, clientVariable } = inEnvironment;
    const found = `by the environment: ${names.join(", ")}`;
    const finding = az ? ok(ID, found) : warning(ID, `${found}; ${unasked(whyNot(account))}`);
    if (clientVariable === undefined) return { finding, az, shownAssignee: "<object id>" };
    const assignee = env[clientVariable];
    return { finding, az, ...(assignee === undefined ? {} : { assignee }), shownAssignee: `"$${clientVariable}"` };
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
  const name = textField(account, "user", "name") ?? "somebody";
  const finding = ok(ID, `az, as ${name}`);
  if (field(account, "user", "type") === "servicePrincipal") {
    // A managed identity's name here is a word, such as systemAssignedIdentity, that no role is assigned to.
    return /^[0-9a-f-]{36}$/i.test(name)
      ? { finding, assignee: name, shownAssignee: name }
      : { finding, shownAssignee: "<object id>" };
  }
  const id = await probe("az", ["ad", "signed-in-user", "show", "--query", "id", "--output", "tsv"]);
  const assignee = id.state === "answered" && id.stdout.trim() !== "" ? id.stdout.trim() : name;
  return { finding, assignee, shownAssignee: SIGNED_IN_USER };
}
