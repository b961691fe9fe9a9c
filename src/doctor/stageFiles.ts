import { type DecodedStage, type ExampleValue, findExampleValues } from "../config";
import type { ProjectFile } from "../project";
import { type Finding, ok, problem, warning } from "./finding";

const plural = (count: number) => (count === 1 ? "1 problem" : `${count} problems`);

/** Does every stage decode? What is wrong in the shared file is reported once, with the first stage it stops. */
export function checkStageFiles(stages: readonly DecodedStage[]): Finding[] {
  const reported = new Set<string>();
  return stages.map(({ stage, file, problems, warnings }) => {
    const id = `stage-file.${stage}`;
    if (problems.length === 0) {
      const found = `${file} and Pulumi.yaml decode`;
      return warnings.length === 0 ? ok(id, found) : warning(id, [found, ...warnings].join("\n"));
    }
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

/** Which of the values that came with this project were left in place? Says nothing where there are none. */
export function checkExampleValues(project: ProjectFile, stages: readonly DecodedStage[]): Finding[] {
  const left = findExampleValues(
    project,
    stages.map(({ stage }) => stage),
  );
  const shared = left.filter((value) => !stages.some(({ file }) => file === value.file));
  const own = stages.map(({ stage, file }) => ({
    id: `example-values.${stage}`,
    values: left.filter((value) => value.file === file),
  }));
  return [{ id: "example-values", values: shared }, ...own]
    .filter(({ values }) => values.length > 0)
    .map(({ id, values }) => stillThere(id, values));
}

function stillThere(id: string, values: readonly ExampleValue[]): Finding {
  const found = values.map(({ file, key, value }) => `${file}: ${key}: ${value} is still an example value`);
  return problem(id, found.join("\n"), [...new Set(values.map(({ remedy }) => remedy))].join("\n"));
}
