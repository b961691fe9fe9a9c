import { ok, problem, warning, type Finding } from "./finding";
import type { StageFacts } from "./stageFacts";

const KEY_VAULT = /^azurekeyvault:\/\/[^/]+\/keys\/[^/]+/;

/** What encrypts a stage's secrets: its own key in a Key Vault, or something that is kept less well? */
export function checkSecrets({ stage, file, secretsProvider, passphrase }: StageFacts, cloud: boolean): Finding {
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
