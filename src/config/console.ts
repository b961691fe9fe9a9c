import { z } from "zod";
import { closed, orForm, text, whole } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { isDigest } from "../base/digest";
import { isRepository, isTag } from "../base/reference";
import { quotedValue } from "../base/text/quote";
import {
  type AppConsoleConfig,
  type ConsoleConfig,
  type ConsoleImage,
  type ConsoleInput,
  ENVIRONMENT_ARM_KIND,
  mappedConsole,
  mountsVault,
  needsIdentity,
} from "../domain/console/planConsole";
import type { ImageClass } from "../domain/image/imageClass";
import { acrName, type RegistryConfig } from "../domain/plan/registries";
import type { Stage } from "../domain/stage";
import { stageFileName } from "../project";
import { armId, clusterIssuer, kubernetesLabel as label, kubernetesName as objectName } from "./forms";

const host = text(
  /^(?=.{4,200}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
  "a host in lower case, such as console.company.com",
);
const file = text(
  /^(?=.{1,100}$)[a-z0-9][a-z0-9-]*(?:\/[a-z0-9][a-z0-9-]*)?$/,
  "a file's name of lower-case letters, digits and hyphens, such as client-secret or session-keys/2027-01-31",
);
const secretName = text(/^[0-9A-Za-z-]{1,127}$/, "the name of a secret in the stage's vault");

const IMAGE = "orders/console@sha256:<64 hexadecimal digits>";

/** Reads `[host/]path[:tag]@digest`; what stands in front is a host where it has a dot, a port, or is localhost. */
function readImage(value: string): ConsoleImage | string {
  const [named = "", digest, ...more] = value.split("@");
  if (digest === undefined) return `${IMAGE}: a tag can move to another image; dualreg image verify prints the digest`;
  if (more.length > 0 || !isDigest(digest)) return `${IMAGE}, a whole digest`;
  const [first = "", ...rest] = named.split("/");
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const [path = "", tag, ...others] = (hasHost ? rest.join("/") : named).split(":");
  if (others.length > 0 || !isRepository(path) || (tag !== undefined && !isTag(tag))) return IMAGE;
  return { ...(hasHost ? { host: first.toLowerCase() } : {}), path, digest };
}

const image = z.string(`allowed: ${IMAGE}`).transform((value, context): ConsoleImage => {
  const read = readImage(value);
  if (typeof read !== "string") return read;
  context.addIssue({ code: "custom", message: `allowed: ${read}` });
  return z.NEVER;
});

const common = {
  image,
  replicas: whole(1, 20).default(2),
  resources: closed(
    { cpu: z.number().min(0.05).max(16).default(0.5), memoryMiB: whole(128, 65_536).default(1024) },
    "{ cpu: 0.5, memoryMiB: 1024 }",
  ).default({ cpu: 0.5, memoryMiB: 1024 }),
  machineTokens: z.boolean().default(false),
  files: z.record(file, secretName, orForm("{ client-secret: orders-console-client }")).default({}),
};

const ROUTE = "{ by: ingress, class: nginx, tls: console-tls } or { by: gateway, name: public, namespace: gateways }";
const PULL = "{ how: node-identity }, { how: workload-identity } or { how: stored-secret, secret: ghcr-secret }";
const LOGINS = "{ from: vault } or { from: secret, name: console-logins }";

const inCluster = closed({
  kind: z.literal("kubernetes"),
  ...common,
  namespace: label,
  createNamespace: z.boolean().default(false),
  host,
  route: z.discriminatedUnion(
    "by",
    [
      closed({ by: z.literal("ingress"), class: objectName, tls: objectName }),
      closed({ by: z.literal("gateway"), name: objectName, namespace: label, listener: label.optional() }),
    ],
    orForm(ROUTE, "allowed: ingress, gateway"),
  ),
  from: z.array(label, orForm("a list of namespaces, such as [ingress-nginx]")).min(1).max(20),
  pull: z
    .discriminatedUnion(
      "how",
      [
        closed({ how: z.literal("node-identity") }),
        closed({ how: z.literal("workload-identity") }),
        closed({ how: z.literal("stored-secret"), secret: objectName }),
      ],
      orForm(PULL, "allowed: node-identity, workload-identity, stored-secret"),
    )
    .default({ how: "node-identity" }),
  logins: z
    .discriminatedUnion(
      "from",
      [closed({ from: z.literal("vault") }), closed({ from: z.literal("secret"), name: objectName })],
      orForm(LOGINS, "allowed: vault, secret"),
    )
    .default({ from: "vault" }),
  issuer: clusterIssuer.optional(),
});

const inContainerApps = closed({
  kind: z.literal("container-apps"),
  ...common,
  environment: armId(ENVIRONMENT_ARM_KIND),
  host: host.optional(),
  certificate: text(
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.App\/managedEnvironments\/[^/]+\/(?:managedC|c)ertificates\/[^/]+$/i,
    "the ARM id of a certificate in the environment",
  ).optional(),
});

/** Where the stage's console runs, and which image of it. */
export const console = z.discriminatedUnion(
  "kind",
  [inCluster, inContainerApps],
  orForm(
    `{ kind: kubernetes, image: ${IMAGE}, namespace: console, host: console.company.com, ... }`,
    "allowed: kubernetes, container-apps",
  ),
) satisfies z.ZodType<ConsoleConfig>;

/** What a console's settings have to fit. */
interface ConsoleGround extends Pick<ConsoleInput, "images" | "product"> {
  registries: Readonly<Record<ImageClass, RegistryConfig>>;
  /** Whether the stage keeps passwords of tokens in a vault. */
  vault: boolean;
}

type Complain = (path: string, what: string, allowed: string) => Problem;

/**
 * The image is the stage's own console: mapped, bound to the stage, and from the registry of its class. What the console
 * needs of vault and identity is there.
 */
export function checkConsole(stage: Stage, console: ConsoleConfig | undefined, ground: ConsoleGround): Problem[] {
  if (console === undefined) return [];
  const complain: Complain = (path, what, allowed) => ({
    ...{ file: stageFileName(stage), path: `console.${path}`, what, allowed },
  });
  const namespaceOf = (registry: RegistryConfig) => (registry.mode === "reference" ? registry.namespace : undefined);
  const registries = {
    secure: { mode: ground.registries.secure.mode, namespace: namespaceOf(ground.registries.secure) },
    standard: { mode: ground.registries.standard.mode, namespace: namespaceOf(ground.registries.standard) },
  };
  const mapped = mappedConsole({ ...ground, registries }, console.image);
  if (mapped === undefined) {
    const what = `${quotedValue(console.image.path)} is not mapped to a class`;
    const allowed = `name a repository of images that is stage-bound, without host and path: ${IMAGE}`;
    return [{ ...complain("image", what, allowed), from: { paths: ["images"], name: console.image.path } }];
  }
  const bound =
    mapped.binding === "stage-bound"
      ? []
      : [
          complain(
            "image",
            `${quotedValue(mapped.repository)} is portable, and a console has its stage's registries baked in`,
            "allowed: binding: stage-bound, in images of Pulumi.yaml",
          ),
        ];
  return [
    ...bound,
    ...hostProblems(stage, console.image, mapped.class, ground, complain),
    ...(console.kind === "container-apps" ? appProblems(stage, console, mapped.class, ground, complain) : []),
    ...(console.kind === "kubernetes" ? clusterProblems(stage, console, mapped.class, ground, complain) : []),
  ];
}

/** An image comes from the stage's own registry of the class that the map says, and from no other host. */
function hostProblems(
  stage: Stage,
  { host, path, digest }: ConsoleImage,
  imageClass: ImageClass,
  { product, registries }: ConsoleGround,
  complain: Complain,
): Problem[] {
  if (host === undefined) return [];
  const registry = registries[imageClass];
  const own =
    registry.mode === "reference"
      ? registry.host.toLowerCase()
      : `${acrName({ product, stage }, imageClass, registry).toLowerCase()}.azurecr.io`;
  // A registry with a domain name label has a hash behind its name, which only Azure knows.
  const name = own.replace(/\.azurecr\.io$/, "");
  const labelled = new RegExp(`^${name}(?:-[a-z0-9]{1,20})?\\.azurecr\\.(?:io|cn|us)$`);
  if (host === own || (registry.mode !== "reference" && labelled.test(host))) return [];
  const what = `${quotedValue(host)} is not the ${imageClass} registry of ${stage}`;
  const repository = registry.mode === "reference" ? path.replace(`${registry.namespace ?? ""}/`, "") : path;
  return [complain("image", what, `allowed: ${own}, or no host: ${repository}@${digest}`)];
}

/** Vault and identity of a console in a cluster. */
function clusterProblems(
  stage: Stage,
  console: Extract<ConsoleConfig, { kind: "kubernetes" }>,
  imageClass: ImageClass,
  { registries, vault }: ConsoleGround,
  complain: Complain,
): Problem[] {
  const problems: Problem[] = [];
  const none = `${stage} keeps no passwords in a vault`;
  if (mountsVault(console) && !vault) {
    problems.push(complain("logins", none, "allowed: { from: secret, name: console-logins }"));
  }
  if (console.machineTokens && !vault) problems.push(complain("machineTokens", none, "leave it out"));
  if (!mountsVault(console) && Object.keys(console.files).length > 0) {
    const what = "names secrets of a vault, and the console's files come from a Secret";
    problems.push(complain("files", what, "leave it out, and put them into the Secret"));
  }
  if (console.pull.how === "workload-identity" && registries[imageClass].mode === "reference") {
    const what = `"workload-identity" gives no right on the ${imageClass} registry, which is only named`;
    problems.push(complain("pull.how", what, "allowed: node-identity, stored-secret"));
  }
  if (needsIdentity(console) && console.issuer === undefined) {
    const how = "az aks show --query oidcIssuerProfile.issuerUrl prints it";
    problems.push(complain("issuer", "missing", `allowed: the cluster's OIDC issuer, by which it logs in; ${how}`));
  }
  return problems;
}

/** What one replica may have. Source: Azure Container Apps, "Containers", allocations of the Consumption plan. */
const APP_CPU = { step: 0.25, most: 4, memoryMiBPerCore: 2048 };

/** A console in Container Apps pulls by its identity, and is as large as the platform takes. */
function appProblems(
  stage: Stage,
  { resources: { cpu, memoryMiB }, ...console }: AppConsoleConfig,
  imageClass: ImageClass,
  { registries, vault }: ConsoleGround,
  complain: Complain,
): Problem[] {
  const problems: Problem[] = [];
  if (registries[imageClass].mode === "reference") {
    const what = `"container-apps" pulls as an identity, and ${stage} only names its ${imageClass} registry`;
    problems.push(complain("kind", what, "allowed: kubernetes"));
  } else if (!vault) {
    problems.push(
      complain("kind", `"container-apps" reads a vault, and ${stage} keeps no passwords in one`, "allowed: kubernetes"),
    );
  }
  const isStep = Number.isInteger(cpu / APP_CPU.step) && cpu <= APP_CPU.most;
  if (!isStep || memoryMiB !== cpu * APP_CPU.memoryMiBPerCore) {
    const what = `${quotedValue({ cpu, memoryMiB })} is no size of Container Apps`;
    problems.push(complain("resources", what, "allowed: cpu in steps of 0.25 up to 4, with 2048 MiB a core"));
  }
  if ((console.host === undefined) !== (console.certificate === undefined)) {
    const path = console.host === undefined ? "host" : "certificate";
    problems.push(complain(path, "missing", "allowed: host and certificate together, or neither"));
  }
  return problems;
}
