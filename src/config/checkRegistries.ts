import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import { IMAGE_CLASSES, type ImageClass, type MappedImage, repositoriesOf } from "../domain/image/imageClass";
import {
  hostProblem,
  pathProblem,
  placeOfAcr,
  placeOfRegistry,
  type RegistryPlace,
} from "../domain/image/registryAddress";
import { parseRegistryId, registryName } from "../domain/plan/names";
import type { AcrConfig, AlternativesConfig, ReferencedConfig, RegistryConfig } from "../domain/plan/registries";
import type { Stage } from "../domain/stage";
import { stageFileName } from "../project";
import { checkRepeated } from "./ranges";

/** `fields` are those whose silence it follows from. */
type Complain = (field: string, what: string, allowed: string, fields?: readonly string[]) => void;

/** The Premium features that a registry asks for. */
function premiumFeatures(registry: AcrConfig): [keyof AcrConfig, unknown][] {
  const asked: [keyof AcrConfig, unknown, boolean][] = [
    ["untaggedRetentionDays", registry.untaggedRetentionDays, registry.untaggedRetentionDays !== undefined],
    ["replicas", registry.replicas, registry.replicas.length > 0],
    ["allowedIps", registry.allowedIps, registry.allowedIps.length > 0],
    ["dataEndpoint", registry.dataEndpoint, registry.dataEndpoint === true],
    ["exportAllowed", registry.exportAllowed, registry.exportAllowed === false],
    ["publicAccess", registry.publicAccess, registry.publicAccess === false],
    ["trustedServices", registry.trustedServices, registry.trustedServices === false],
  ];
  return asked.filter(([, , is]) => is).map(([feature, value]) => [feature, value]);
}

/** True where no network rule stands; one that is taken over may have rules that nobody names here. */
const isOpen = ({ mode, publicAccess, allowedIps }: AcrConfig): boolean =>
  mode === "create" && publicAccess !== false && allowedIps.length === 0;

function checkFeatures(registry: AcrConfig, location: string | undefined, complain: Complain): void {
  if (registry.sku !== "Premium") {
    for (const [feature, value] of premiumFeatures(registry)) {
      complain(
        feature,
        `${quotedValue(value)} needs Premium, and the SKU is ${registry.sku}`,
        "allowed: leave it out, or sku: Premium",
        ["sku"],
      );
    }
  }
  if (registry.softDeleteDays !== undefined) {
    const days = quotedValue(registry.softDeleteDays);
    if (registry.untaggedRetentionDays !== undefined) {
      complain(
        "softDeleteDays",
        `${days} cannot be combined with untaggedRetentionDays`,
        "allowed: one of the two; ACR does not take both",
      );
    }
    if (registry.replicas.length > 0) {
      complain(
        "softDeleteDays",
        `${days} cannot be combined with replicas`,
        "allowed: one of the two; ACR does not take both",
      );
    }
  }
  if (registry.exportAllowed === false && registry.publicAccess !== false) {
    complain("exportAllowed", "false needs public access off", "allowed: true, or publicAccess: false", [
      "publicAccess",
    ]);
  }
  if (registry.trustedServices === false && registry.sku === "Premium" && isOpen(registry)) {
    complain(
      "trustedServices",
      "false has no effect where every address is allowed",
      "allowed: leave it out, or name allowedIps, or publicAccess: false",
      ["allowedIps", "publicAccess"],
    );
  }
  if (registry.publicAccess === false && registry.allowedIps.length > 0) {
    complain(
      "allowedIps",
      `${quotedValue(registry.allowedIps)} is never reached with public access off`,
      "allowed: leave it out, or publicAccess: true",
    );
  }
  checkRepeated(registry.allowedIps, (at, what, allowed) => complain(`allowedIps${at}`, what, allowed));
  registry.replicas.forEach((replica, at) => {
    if (replica === location) {
      complain(`replicas[${at}]`, `${quotedValue(replica)} is the registry's own region`, "allowed: other regions");
    } else if (registry.replicas.indexOf(replica) < at) {
      complain(`replicas[${at}]`, `${quotedValue(replica)} is listed twice`, "allowed: each region once");
    }
  });
}

/** Where a stage's registry is, to see that no two are one. One that the stage holds is held whole. */
function placeOf(product: string, stage: Stage, imageClass: ImageClass, registry: RegistryConfig): RegistryPlace {
  if (registry.mode === "reference") return placeOfRegistry(registry.kind, registry.host, registry.namespace);
  const adopted = registry.id === undefined ? undefined : parseRegistryId(registry.id)?.name;
  return { registry: placeOfAcr(adopted ?? registry.name ?? registryName(product, stage, imageClass)), path: "" };
}

/** What people know a registry by. */
function identity(product: string, stage: Stage, imageClass: ImageClass, registry: RegistryConfig): string {
  if (registry.mode === "reference") return [registry.host, registry.namespace].filter(Boolean).join("/");
  const adopted = registry.id === undefined ? undefined : parseRegistryId(registry.id)?.name;
  return adopted ?? registry.name ?? registryName(product, stage, imageClass);
}

/** True where two registries of a stage are one, or one is a part of what the stage holds. */
function areOne(product: string, stage: Stage, one: ClassRegistry, other: ClassRegistry): boolean {
  const [a, b] = [one, other].map((each) => placeOf(product, stage, each.imageClass, each.registry));
  const held = one.registry.mode !== "reference" || other.registry.mode !== "reference";
  return a !== undefined && b !== undefined && a.registry === b.registry && (held || a.path === b.path);
}

/** A registry with the class that it is of. */
interface ClassRegistry {
  imageClass: ImageClass;
  registry: RegistryConfig;
}

/** The path of an image in a registry that is only named. */
const pathOf = ({ namespace }: Pick<ReferencedConfig, "namespace">, repository: string): string =>
  namespace === undefined ? repository : `${namespace}/${repository}`;

/** A registry that somebody else owns is of the kind that its host says, and its kind has room for every image's path. */
function checkReference(
  registry: ReferencedConfig,
  imageClass: ImageClass,
  repositories: readonly string[],
  complain: Complain,
): void {
  const wrongHost = hostProblem(registry.kind, registry.host);
  if (wrongHost !== undefined) {
    complain("host", `${quotedValue(registry.host)} ${wrongHost.what}`, `allowed: ${wrongHost.allowed}`, ["kind"]);
    return;
  }
  const paths = repositories.map((repository) => pathOf(registry, repository));
  for (const path of paths) {
    const wrong = pathProblem(registry.kind, registry.host, path);
    if (wrong === undefined) continue;
    const what = `${quotedValue(`${registry.host}/${path}`)} ${wrong.what}`;
    complain("namespace", what, `allowed: a namespace with which each image is ${wrong.allowed}`, ["kind", "host"]);
    break;
  }
  registry.public.forEach((repository, at) => {
    const named = quotedValue(repository);
    if (imageClass === "secure") {
      complain(`public[${at}]`, `${named} is of class secure, and none of these is public`, "leave it out");
    } else if (!repositories.includes(repository)) {
      complain(
        `public[${at}]`,
        `${named} is no image of class ${imageClass}`,
        `allowed: ${repositories.join(", ") || "none"}`,
      );
    }
  });
}

/** The registries that a class has in a stage, each with the key that names it. */
function entriesOf(
  imageClass: ImageClass,
  registries: Partial<Record<ImageClass, RegistryConfig>>,
  alternatives: AlternativesConfig,
): { path: string; registry: RegistryConfig }[] {
  const first = registries[imageClass];
  return [
    ...(first === undefined ? [] : [{ path: `registries.${imageClass}`, registry: first }]),
    ...alternatives[imageClass].map((registry, at) => ({ path: `alternatives.${imageClass}[${at}]`, registry })),
  ];
}

/** An alternative is chosen by its kind, so a class has one registry of each; and no two of a stage are the same. */
function checkAlternatives(
  stage: Stage,
  product: string,
  registries: Partial<Record<ImageClass, RegistryConfig>>,
  alternatives: AlternativesConfig,
): Problem[] {
  const file = stageFileName(stage);
  const kindOf = (registry: RegistryConfig) => (registry.mode === "reference" ? registry.kind : "acr");
  const all = IMAGE_CLASSES.flatMap((imageClass) =>
    entriesOf(imageClass, registries, alternatives).map((entry) => ({ ...entry, imageClass })),
  );
  return all.flatMap(({ path, registry, imageClass }, at): Problem[] => {
    if (!path.startsWith("alternatives.")) return [];
    const before = all.slice(0, at);
    const alike = before.find((one) => one.imageClass === imageClass && kindOf(one.registry) === kindOf(registry));
    if (alike !== undefined) {
      const what = `${quotedValue(kindOf(registry))} is the kind of ${alike.path} as well, and the kind chooses`;
      return [{ file, path: `${path}.kind`, what, allowed: "allowed: one registry of each kind for a class" }];
    }
    const others = all.filter((one, other) => other < at || one.path.startsWith("registries."));
    const same = others.find((one) => areOne(product, stage, one, { imageClass, registry }));
    if (same === undefined) return [];
    const what = `${quotedValue(identity(product, stage, imageClass, registry))} is ${same.path} as well`;
    return [{ file, path, what, allowed: "allowed: another host or namespace for each" }];
  });
}

/** Each feature is one the SKU has and agrees with the others, and secure and standard are two registries. */
export function checkRegistries(
  stage: Stage,
  registries: Partial<Record<ImageClass, RegistryConfig>>,
  context: {
    product: string | undefined;
    location: string | undefined;
    webhookAuthorization: boolean;
    alternatives: AlternativesConfig;
    images: readonly MappedImage[];
  },
): Problem[] {
  const file = stageFileName(stage);
  const problems = checkAlternatives(stage, context.product ?? "", registries, context.alternatives);
  for (const imageClass of IMAGE_CLASSES) {
    const repositories = repositoriesOf(context.images, imageClass);
    for (const { path, registry } of entriesOf(imageClass, registries, context.alternatives)) {
      const at = (field: string) => `${path}.${field}`;
      const complain: Complain = (field, what, allowed, fields) =>
        problems.push({ file, path: at(field), what, allowed, ...(fields && { from: { paths: fields.map(at) } }) });
      if (registry.mode === "reference") checkReference(registry, imageClass, repositories, complain);
      else checkFeatures(registry, context.location, complain);
    }
  }
  const { secure, standard } = registries;
  const product = context.product ?? "";
  if (
    secure &&
    standard &&
    areOne(product, stage, { imageClass: "secure", registry: secure }, { imageClass: "standard", registry: standard })
  ) {
    const names = [
      ...new Set([identity(product, stage, "secure", secure), identity(product, stage, "standard", standard)]),
    ];
    problems.push({
      file,
      path: "registries",
      what: `secure and standard are both ${names.map((name) => quotedValue(name)).join(", which is ")}`,
      allowed: "allowed: two registries",
    });
  }
  const hooked = Object.values(registries).some(
    (registry) => registry.mode !== "reference" && registry.webhook !== undefined,
  );
  if (context.webhookAuthorization && secure && standard && !hooked) {
    problems.push({
      file,
      path: "webhookAuthorization",
      what: "given, and no registry has a webhook",
      allowed: "leave it out, or name a webhook",
      from: { paths: ["registries"] },
    });
  }
  return problems;
}
