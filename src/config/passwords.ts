import { z } from "zod";
import { closed, orForm, text, yamlDay } from "../base/decode/decode";
import { meantKey, type Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import { MAX_CREDENTIALS } from "../domain/identity/identities";
import { PULL_WAYS, type PullAccessConfig, type PullWay } from "../domain/identity/pullAccess";
import { REGISTRY_PULL_WAYS, type RegistryPullConfig } from "../domain/identity/registryPull";
import { type PasswordsConfig, VAULT_ARM_KIND, type VaultConfig } from "../domain/plan/passwords";
import type { StageConfig } from "../domain/plan/stageConfig";
import type { Consumer } from "../domain/plan/tokens";
import type { Stage } from "../domain/stage";
import { stageFileName } from "../project";
import { armId, clusterIssuer, ipRange, kubernetesLabel as label } from "./forms";
import { consumersHere } from "./images";
import { registryPullWays } from "./registryPull";
import { checkRepeated, checkVaultRanges } from "./ranges";

const guid = text(/^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, "an object id of Entra, a guid");
const writers = z.array(guid, orForm("a list of object ids of Entra")).max(20).default([]);
const vaultUri = text(
  /^https:\/\/[a-z0-9-]{3,24}(?:\.[a-z0-9-]{1,63}){2,6}\/$/,
  "an https address with / at its end, such as https://kv-orders-qa.vault.azure.net/",
);

const modes = "allowed: create, reference";
const VAULT = "{ mode: create } or { mode: reference, id: <ARM id of a Key Vault> }; without a vault: passwords: off";
const created = closed({
  mode: z.literal("create", modes),
  name: text(
    /^(?!.*--)[a-z][a-z0-9-]{1,22}[a-z0-9]$/,
    "3 to 24 lower-case letters, digits and single hyphens, a letter first and no hyphen last",
  ).optional(),
  publicAccess: z.boolean().default(true),
  allowedIps: z.array(ipRange, orForm("a list, such as [203.0.113.0/24]")).max(1000).default([]),
  writers,
});
const referenced = closed({
  mode: z.literal("reference", modes),
  id: armId(VAULT_ARM_KIND),
  uri: vaultUri.optional(),
  writers,
});

/** A vault is the stage's own where nothing else is said: neither a mode, nor its misspelling, nor an id. */
function withMode(value: unknown): unknown {
  if (typeof value !== "object" || value === null || "mode" in value) return value;
  const misspelt = Object.entries(value).find(([key]) => meantKey(key, ["mode"]) !== undefined);
  if (misspelt) return { mode: misspelt[1] as unknown, ...value };
  return "id" in value ? value : { mode: "create", ...value };
}

/** The vault that holds the tokens' passwords; a stage's own where nothing is said. */
export const vault = z.preprocess(
  withMode,
  z.discriminatedUnion("mode", [created, referenced], orForm(VAULT, modes)),
) satisfies z.ZodType<VaultConfig>;

const consumer = text(/^[a-z][a-z0-9-]*$/, "the product's name, or a consumer's");

const leaked = z.record(consumer, yamlDay, orForm('{ <consumer>: <date> }, such as { shop: "2027-01-31" }'));

/** `off` is a text to YAML 1.2 and false to YAML 1.1, and a key's own value comes as text: all of them say it. */
export const passwords = z.preprocess(
  (value) => (value === false || value === "false" ? "off" : value),
  z.union([z.literal("off"), closed({ rotate: yamlDay.optional(), leaked: leaked.optional() })], {
    error: 'allowed: off, or { rotate: <date>, leaked: { <consumer>: <date> } }, a date such as "2027-01-31"',
  }),
) satisfies z.ZodType<PasswordsConfig>;

const PULL_ACCESS = "{ consumer: shop, namespace: shop, how: workload-identity, issuer: https://oidc.example.com/ }";

const account = {
  consumer,
  namespace: label,
  createNamespace: z.boolean().default(false),
  serviceAccount: label.optional(),
};
const heldWay = (way: PullWay) => closed({ ...account, how: z.literal(way), issuer: clusterIssuer }, PULL_ACCESS);
const [nodes, stored, kept, made] = REGISTRY_PULL_WAYS;
const EVERY_WAY = [...PULL_WAYS, ...REGISTRY_PULL_WAYS];

/** Service accounts whose pods pull the stage's images: from registries that it holds, or that are only named. */
export const pullAccess = z
  .array(
    z.discriminatedUnion(
      "how",
      [
        heldWay(PULL_WAYS[0]),
        heldWay(PULL_WAYS[1]),
        heldWay(PULL_WAYS[2]),
        closed({ ...account, how: z.literal(nodes), ...registryPullWays[nodes] }),
        closed({ ...account, how: z.literal(stored), ...registryPullWays[stored] }),
        closed({ ...account, how: z.literal(kept), ...registryPullWays[kept] }),
        closed({ ...account, how: z.literal(made), ...registryPullWays[made] }),
      ],
      orForm(PULL_ACCESS, `allowed: ${EVERY_WAY.join(", ")}`),
    ),
    orForm(`a list, such as [${PULL_ACCESS}]`),
  )
  .max(1000) satisfies z.ZodType<(PullAccessConfig | RegistryPullConfig)[]>;

/** True for an account that pulls from registries which the stage holds. */
export const isHeldWay = (one: PullAccessConfig | RegistryPullConfig): one is PullAccessConfig => "issuer" in one;

/** Whom the stage's own vault lets in is what Key Vault takes. */
export function checkVault(stage: Stage, vault: VaultConfig | undefined): Problem[] {
  if (vault?.mode !== "create") return [];
  const problems: Problem[] = [];
  const complain = (at: string, what: string, allowed: string) =>
    problems.push({ file: stageFileName(stage), path: `vault.allowedIps${at}`, what, allowed });
  checkRepeated(vault.allowedIps, complain);
  checkVaultRanges(vault.allowedIps, complain);
  if (!vault.publicAccess && vault.allowedIps.length > 0) {
    complain("", `${quotedValue(vault.allowedIps)} is never reached with public access off`, "leave it out");
  }
  return problems;
}

/** By which facts it is told whether somebody pulls. */
const consumerFacts = (name: string) => ({ paths: ["consumers", "product.name"], name });

/** A leak is of somebody who has a token in this stage. */
export function checkPasswords(
  stage: Stage,
  passwords: PasswordsConfig | undefined,
  known: { product: string | undefined; consumers: readonly Consumer[] },
): Problem[] {
  const leaked = passwords === undefined || passwords === "off" ? {} : (passwords.leaked ?? {});
  const names = consumersHere(stage, known);
  return Object.keys(leaked).flatMap((name): Problem[] => {
    if (names.includes(name)) return [];
    const what = `${quotedValue(name)} is not a consumer of ${stage}`;
    const at = { file: stageFileName(stage), path: "passwords.leaked" };
    return [{ ...at, what, allowed: `allowed: ${names.join(", ")}`, from: consumerFacts(name) }];
  });
}

/** Each account belongs to a consumer of this stage and stands once; who reads a password needs one to be there. */
export function checkPullAccess(
  stage: Stage,
  accounts: readonly (PullAccessConfig | RegistryPullConfig)[],
  known: {
    product: string | undefined;
    consumers: readonly Consumer[];
    passwords: StageConfig["passwords"];
    holds: boolean;
  },
): Problem[] {
  const names = consumersHere(stage, known);
  const taken = new Set<string>();
  return accounts.flatMap((one, at): Problem[] => {
    const problem = (key: string, what: string, allowed: string) => ({
      file: stageFileName(stage),
      path: `pullAccess[${at}].${key}`,
      what,
      allowed,
    });
    const account = `${one.namespace}/${one.serviceAccount ?? one.consumer}`;
    const isHeld = isHeldWay(one);
    const twice = taken.has(account);
    taken.add(account);
    const [, , passwordless] = PULL_WAYS;
    const { consumer, how } = one;
    // One identity of a consumer for those who read a password, one for those who need none.
    const alike = accounts.filter(
      (other) =>
        isHeldWay(other) && other.consumer === consumer && (other.how === passwordless) === (how === passwordless),
    );
    const many = isHeld && alike.indexOf(one) === MAX_CREDENTIALS;
    const needsPassword = isHeld && one.how !== passwordless && known.passwords === "off";
    return [
      ...(names.includes(one.consumer)
        ? []
        : [
            {
              ...problem(
                "consumer",
                `${quotedValue(one.consumer)} is not a consumer of ${stage}`,
                `allowed: ${names.join(", ")}`,
              ),
              from: consumerFacts(one.consumer),
            },
          ]),
      ...(twice
        ? [problem("serviceAccount", `${quotedValue(account)} is listed twice`, "allowed: each account once")]
        : []),
      ...(needsPassword
        ? [problem("how", `${quotedValue(one.how)} reads a password, and passwords is off`, `allowed: ${passwordless}`)]
        : []),
      ...(many
        ? [
            problem(
              "consumer",
              `${quotedValue(consumer)} has ${alike.length} accounts, and they log in as one identity`,
              `allowed: at most ${MAX_CREDENTIALS}; give further ones a consumer of their own`,
            ),
          ]
        : []),
      ...(known.holds || !isHeld
        ? []
        : [problem("how", `${stage} holds no registry of its own`, `allowed: ${REGISTRY_PULL_WAYS.join(", ")}`)]),
    ];
  });
}
