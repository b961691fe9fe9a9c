import { isSameArmId, nameInId } from "../base/azure/armId";
import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import {
  type AppConsoleConfig,
  type ConsoleConfig,
  type ConsoleImage,
  type ConsoleInput,
  consoleName,
  mappedConsole,
  mountsVault,
  needsIdentity,
  passwordFile,
} from "../domain/console/planConsole";
import { IMAGE_CLASSES, type ImageClass } from "../domain/image/imageClass";
import type { PullAccessConfig } from "../domain/identity/pullAccess";
import { acrName, type RegistryConfig } from "../domain/plan/registries";
import type { Stage } from "../domain/stage";
import { stageFileName } from "../project";
import { IMAGE_FORM } from "./console";

/** What a console's settings have to fit. */
interface ConsoleGround extends Pick<ConsoleInput, "images" | "product"> {
  registries: Readonly<Record<ImageClass, RegistryConfig>>;
  /** Whether the stage keeps passwords of tokens in a vault. */
  vault: boolean;
  /** Who else is in the cluster, in the order of the stage file. */
  pullAccess: readonly Pick<PullAccessConfig, "consumer" | "namespace" | "createNamespace" | "serviceAccount">[];
}

type ClusterConsoleConfig = Extract<ConsoleConfig, { kind: "kubernetes" }>;
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
    const allowed = `name a repository of images that is stage-bound, without host and path: ${IMAGE_FORM}`;
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
    ...fileProblems(console, complain),
    ...(console.kind === "container-apps" ? appProblems(stage, console, mapped.class, ground, complain) : []),
    ...(console.kind === "kubernetes" ? clusterProblems(stage, console, mapped.class, ground, complain) : []),
    ...(console.kind === "kubernetes" ? collisions(console, ground, complain) : []),
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

/** A path is a file or a folder; passwords of the product's own tokens are files that nobody has to name. */
function fileProblems(console: ConsoleConfig, complain: Complain): Problem[] {
  const named = Object.keys(console.files);
  const files = new Set([...named, ...IMAGE_CLASSES.map(passwordFile)]);
  return named.flatMap((file) => {
    const [folder = "", inside] = file.split("/");
    if (inside === undefined || !files.has(folder)) return [];
    const what = `${quotedValue(folder)} is a file, and ${quotedValue(file)} makes a folder of it`;
    return [complain("files", what, `allowed: another name for one of the two, such as ${folder}-${inside}`)];
  });
}

/** What the console and pullAccess would both make: a namespace, and an account of one name in it. */
function collisions(
  { namespace, createNamespace }: ClusterConsoleConfig,
  { product, pullAccess }: ConsoleGround,
  complain: Complain,
): Problem[] {
  const account = consoleName(product.name);
  return pullAccess.flatMap((one, at) => {
    if (one.namespace !== namespace) return [];
    const problems: Problem[] = [];
    const other = `pullAccess[${at}]`;
    if (createNamespace && one.createNamespace) {
      const allowed = "allowed: a namespace of the console's own, or createNamespace in one of the two alone";
      problems.push(complain("createNamespace", `${other} makes ${quotedValue(namespace)} as well`, allowed));
    }
    if ((one.serviceAccount ?? one.consumer) === account) {
      const what = `${quotedValue(`${namespace}/${account}`)} is the service account of ${other} as well`;
      problems.push(complain("namespace", what, `allowed: another namespace, or another serviceAccount in ${other}`));
    }
    return problems;
  });
}

/** Vault, identity and data of a console in a cluster. */
function clusterProblems(
  stage: Stage,
  console: ClusterConsoleConfig,
  imageClass: ImageClass,
  { registries, vault }: ConsoleGround,
  complain: Complain,
): Problem[] {
  const problems: Problem[] = [];
  if (console.dataClaim !== undefined && console.replicas > 1) {
    const what = `${quotedValue(console.dataClaim)} is written by one process, and replicas is ${console.replicas}`;
    problems.push(
      complain("dataClaim", what, "allowed: replicas: 1, or no claim: each replica then builds its own index"),
    );
  }
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
  const { certificate, environment } = console;
  const of = certificate?.replace(/\/(?:managedC|c)ertificates\/[^/]+$/i, "");
  if (of !== undefined && !isSameArmId(of, environment)) {
    const [name, group] = ["managedEnvironments", "resourceGroups"].map((type) => quotedValue(nameInId(of, type)));
    const what = `is of the environment ${name} in the group ${group}, and the console runs in another`;
    problems.push(complain("certificate", what, `allowed: ${environment}/certificates/<name>, or managedCertificates`));
  }
  return problems;
}
