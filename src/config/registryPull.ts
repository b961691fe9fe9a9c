import { z } from "zod";
import { closed, orForm, text } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { parseEcrHost } from "../base/registryHost";
import { quotedValue } from "../base/text/quote";
import {
  meantBy,
  type NamedRegistry,
  namedRegistriesOf,
  type RegistryPullConfig,
  type RegistryPullInput,
  WAYS_OF_KIND,
} from "../domain/identity/registryPull";
import type { Stage } from "../domain/stage";
import { stageFileName } from "../project";
import { kubernetesName as objectName } from "./forms";

const word = text(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/, "letters, digits, `_` and `-`");
const username = text(/^[^\s"\\:{}]{1,200}$/, "a robot's or token's name, without spaces, quotes, colons and braces");
const key = text(
  /^[A-Za-z0-9][A-Za-z0-9._/-]{0,499}$/,
  "a key of the vault, of letters, digits, `.`, `_`, `-` and `/`",
);

const ROLE = /^arn:aws[a-z-]{0,10}:iam::\d{12}:role\/[\w+=,.@/-]{1,500}$/;
const ACCOUNT = /^[a-z][a-z0-9-]{4,28}[a-z0-9]@[a-z][a-z0-9-]{4,28}[a-z0-9]\.iam\.gserviceaccount\.com$/;

const LOGIN = "{ ghcr.io: { username: robot, key: ghcr-pull } }";

/** What each way of pulling from a named registry takes beside the account. */
export const registryPullWays = {
  "node-identity": {},
  "stored-secret": { secret: objectName.optional() },
  "vault-secret": {
    store: closed(
      { name: objectName, kind: z.enum(["SecretStore", "ClusterSecretStore"]).default("ClusterSecretStore") },
      "{ name: company-vault }",
    ),
    logins: z.record(z.string(), closed({ username, key, property: word.optional() }), orForm(LOGIN)),
  },
  "token-generator": {
    identity: z
      .string()
      .refine(
        (value) => ROLE.test(value) || ACCOUNT.test(value),
        "allowed: the ARN of an IAM role, or the address of a service account of Google's",
      ),
    cluster: closed(
      { project: word, location: word, name: word },
      "{ project: company-prod, location: europe-west1, name: prod }",
    ).optional(),
  },
} as const;

/** Each way fits the registries that its consumer reads, and says what they need. */
export function checkRegistryPull(
  stage: Stage,
  entries: readonly { at: number; one: RegistryPullConfig }[],
  input: RegistryPullInput,
): Problem[] {
  return entries.flatMap(({ at, one }) => {
    const problem = (path: string, what: string, allowed: string): Problem => ({
      ...{ file: stageFileName(stage), path: `pullAccess[${at}].${path}`, what, allowed },
    });
    const named = namedRegistriesOf(input, one.consumer);
    const meant = meantBy(one.how, named);
    const ways = [...new Set(named.flatMap(({ kind }) => WAYS_OF_KIND[kind]))];
    if (named.length === 0) {
      const what = `${quotedValue(one.consumer)} reads no registry that is only named`;
      return [problem("how", what, "allowed: external-secrets, csi, workload-identity")];
    }
    if (meant.length === 0) {
      const what = `${quotedValue(one.how)} fits none of ${shown(named)}`;
      return [problem("how", what, `allowed: ${ways.join(", ")}`)];
    }
    const left = named.filter(
      (registry) => !meant.includes(registry) && !WAYS_OF_KIND[registry.kind].includes("node-identity"),
    );
    return [
      ...left.map((registry) =>
        problem(
          "how",
          `${quotedValue(one.how)} gives no pull secret for ${shown([registry])}`,
          `allowed: ${WAYS_OF_KIND[registry.kind].join(", ")}`,
        ),
      ),
      ...(one.how === "vault-secret" ? loginProblems(one.logins, meant, problem) : []),
      ...(one.how === "token-generator" ? tokenProblems(one, meant, problem) : []),
    ];
  });
}

type Complain = (path: string, what: string, allowed: string) => Problem;

const shown = (registries: readonly NamedRegistry[]): string =>
  registries.map(({ kind, host }) => `${host} (${kind})`).join(", ");

function loginProblems(
  logins: Readonly<Record<string, unknown>>,
  meant: readonly NamedRegistry[],
  problem: Complain,
): Problem[] {
  const hosts = meant.map(({ host }) => host);
  const unknown = Object.keys(logins).filter((host) => !hosts.includes(host));
  const missing = hosts.filter((host) => !(host in logins));
  return [
    ...unknown.map((host) =>
      problem("logins", `${quotedValue(host)} is no registry that it pulls from`, `allowed: ${hosts.join(", ")}`),
    ),
    ...missing.map((host) => problem("logins", `${host} is missing`, `allowed: ${LOGIN.replace("ghcr.io", host)}`)),
  ];
}

function tokenProblems(
  { identity, cluster }: Extract<RegistryPullConfig, { how: "token-generator" }>,
  meant: readonly NamedRegistry[],
  problem: Complain,
): Problem[] {
  return meant.flatMap(({ kind, host, namespace }) => {
    if (kind === "ecr") {
      return [
        ...(parseEcrHost(host)
          ? []
          : [problem("how", `${quotedValue(host)} names no region of Amazon's`, "allowed: node-identity")]),
        ...(ROLE.test(identity)
          ? []
          : [problem("identity", `${quotedValue(identity)} is no role of IAM`, "allowed: its ARN")]),
      ];
    }
    return [
      ...(ACCOUNT.test(identity)
        ? []
        : [problem("identity", `${quotedValue(identity)} is no service account of Google's`, "allowed: its address")]),
      ...(cluster
        ? []
        : [problem("cluster", "missing", "allowed: { project: company-prod, location: europe-west1, name: prod }")]),
      ...(namespace === undefined
        ? [problem("how", `${host} has no namespace, which names its project`, "allowed: node-identity")]
        : []),
    ];
  });
}
