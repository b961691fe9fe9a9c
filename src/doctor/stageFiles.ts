import type { DecodedStage } from "../config";
import { type Finding, ok, problem, warning } from "./finding";

const plural = (count: number) => (count === 1 ? "1 problem" : `${count} problems`);

/** Does every stage decode? What is wrong in the shared file is reported once, with the first stage it stops. */
export function checkStageFiles(stages: readonly DecodedStage[]): Finding[] {
  const reported = new Set<string>();
  return stages.map(({ stage, file, problems }) => {
    const id = `stage-file.${stage}`;
    if (problems.length === 0) return ok(id, `${file} and Pulumi.yaml decode`);
    const fresh = problems.filter((line) => !reported.has(line));
    for (const line of fresh) reported.add(line);
    const details = fresh.length === 0 ? ["all listed above"] : fresh;
    const remedy = `npm run preview -- --stage ${stage}  # once the files are corrected; it needs no login`;
    return problem(id, [`${plural(problems.length)} for stage ${stage}`, ...details].join("\n"), remedy);
  });
}

const KEY_VAULT = /^azurekeyvault:\/\/[^/]+\/keys\/[^/]+/;

/** What encrypts a stage's secrets: its own key in a Key Vault, or something that is kept less well? */
export function checkSecrets({ stage, file, secretsProvider, passphrase }: DecodedStage, cloud: boolean): Finding {
  const id = `secrets.${stage}`;
  const address = `azurekeyvault://<vault>.vault.azure.net/keys/<key>`;
  const remedy = `pulumi stack change-secrets-provider "${address}" --stack ${stage}`;
  if (secretsProvider !== undefined && KEY_VAULT.test(secretsProvider)) return ok(id, secretsProvider);
  if (secretsProvider?.startsWith("azurekeyvault://") === true) {
    return problem(id, `${file}: secretsprovider: ${secretsProvider} names no key`, remedy);
  }
  if (passphrase || secretsProvider === "passphrase") {
    return problem(id, `${file}: secrets are encrypted with a passphrase, which everybody who deploys shares`, remedy);
  }
  if (secretsProvider !== undefined && secretsProvider !== "default") {
    const kind = secretsProvider.split(":")[0] ?? secretsProvider;
    return warning(id, `${file}: secretsprovider is ${kind}, and a key in the stage's Key Vault is expected`, remedy);
  }
  if (cloud) return warning(id, `${file}: secrets are encrypted by Pulumi Cloud, not by a key of yours`, remedy);
  return problem(id, `${file}: no secretsprovider`, remedy);
}

const EXAMPLE_SUBSCRIPTION = /^00000000-0000-0000-0000-/;
const EXAMPLE_OWNER = "company";
const EXAMPLE_DOMAIN = "company.com";

/** True where the subscription is one that Azure never gives out. */
export function isExampleSubscription(id: string): boolean {
  return EXAMPLE_SUBSCRIPTION.test(id);
}

/** True where the GitHub organisation is the example's. */
export function isExampleOwner(owner: string): boolean {
  return owner === EXAMPLE_OWNER;
}

interface Example {
  what: string;
  remedy: string;
}

function examplesOf({ file, subscriptionId, owner, config }: DecodedStage): Example[] {
  const examples: Example[] = [];
  if (subscriptionId !== undefined && isExampleSubscription(subscriptionId)) {
    const remedy = `az account list --output table  # then azure-native:subscriptionId in ${file}`;
    examples.push({
      what: `${file}: azure-native:subscriptionId: ${subscriptionId} is still an example value`,
      remedy,
    });
  }
  if (owner !== undefined && isExampleOwner(owner)) {
    const remedy = `gh org list  # then github:owner in ${file}`;
    examples.push({ what: `${file}: github:owner: ${owner} is still an example value`, remedy });
  }
  if (config?.product.domain === EXAMPLE_DOMAIN) {
    const remedy = "git grep -n 'domain:' Pulumi.yaml  # and write your own there";
    examples.push({ what: `Pulumi.yaml: product.domain: ${EXAMPLE_DOMAIN} is still an example value`, remedy });
  }
  return examples;
}

/** Which of the values that came with this project were left in place? Says nothing where there are none. */
export function checkExampleValues(stages: readonly DecodedStage[]): Finding[] {
  const reported = new Set<string>();
  return stages.flatMap((stage) => {
    const fresh = examplesOf(stage).filter(({ what }) => !reported.has(what));
    if (fresh.length === 0) return [];
    for (const { what } of fresh) reported.add(what);
    const lines = (pick: (example: Example) => string) => [...new Set(fresh.map(pick))].join("\n");
    return [
      problem(
        `example-values.${stage.stage}`,
        lines(({ what }) => what),
        lines(({ remedy }) => remedy),
      ),
    ];
  });
}
