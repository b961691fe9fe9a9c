import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import {
  IMAGE_CLASSES,
  type MappedImage,
  overlappingPatterns,
  PULL_ACTIONS,
  RepositoryIndex,
} from "../domain/image/imageClass";
import { SCOPE_MAP_ACTIONS, SKU_LIMITS } from "../domain/image/registryKind";
import { OWN_TAGS } from "../domain/plan/planStage";
import type { StageConfig } from "../domain/plan/stageConfig";
import type { Stage } from "../domain/stage";
import { SHARED_FILE, stageFileName } from "../project/rawConfig";
import { type Consumer, type TokenInput, planTokens } from "../domain/plan/tokens";

/** Each repository is of one class: a second entry is an error even where it says the same. */
export function checkImages(images: readonly MappedImage[]): Problem[] {
  const seen = new Map<string, MappedImage>();
  return images.flatMap((image): Problem[] => {
    const first = seen.get(image.repository);
    seen.set(image.repository, first ?? image);
    if (!first) return [];
    return [
      {
        file: SHARED_FILE,
        path: "images",
        what: `${quotedValue(image.repository)} is mapped twice, to ${first.class} and to ${image.class}`,
        allowed: "allowed: one entry a repository",
      },
    ];
  });
}

/** Tag names are distinct whatever their letter case, which ARM ignores, and leave the program its own. */
export function checkTags(stage: Stage, tags: Readonly<Record<string, string>>): Problem[] {
  const own: readonly string[] = OWN_TAGS;
  const seen = new Set(own);
  return Object.keys(tags).flatMap((name): Problem[] => {
    const key = name.toLowerCase();
    const taken = seen.has(key);
    seen.add(key);
    if (!taken) return [];
    const what = own.includes(key) ? "is set by the program" : "stands twice but for its letter case";
    const allowed = `allowed: any name but ${own.join(", ")}, each once`;
    return [{ file: stageFileName(stage), path: "tags", what: `${quotedValue(name)} ${what}`, allowed }];
  });
}

/** Who pulls in a stage: the product itself, where its name is known, and the consumers that are not of other stages only. */
export function consumersHere(
  stage: Stage,
  { product, consumers }: { product: string | undefined; consumers: readonly Consumer[] },
): string[] {
  const here = consumers.filter(({ stages }) => stages?.includes(stage) ?? true).map(({ name }) => name);
  return [...(product === undefined ? [] : [product]), ...here];
}

type Ceilings = StageConfig["tokenCeilingDays"];

function checkNames(consumers: readonly Consumer[], product: string | undefined): Problem[] {
  const taken = new Set(product === undefined ? [] : [product]);
  return consumers.flatMap(({ name }): Problem[] => {
    const repeated = taken.has(name);
    taken.add(name);
    if (!repeated) return [];
    const what = name === product ? `${quotedValue(name)} is the product's own name` : `${quotedValue(name)} is taken`;
    return [{ file: SHARED_FILE, path: "consumers", what, allowed: "allowed: a name of its own" }];
  });
}

function checkPulls(
  consumer: Consumer,
  path: string,
  images: RepositoryIndex<MappedImage>,
  ceilings: Ceilings | undefined,
): Problem[] {
  const problems: Problem[] = [];
  const classes = new Set<string>();
  consumer.pull.forEach((pattern) => {
    for (const image of images.below(pattern)) classes.add(image.class);
    if (images.reaches(pattern)) return;
    problems.push({
      file: SHARED_FILE,
      path: `${path}.pull`,
      what: `${quotedValue(pattern)} is not mapped to a class`,
      allowed: "add it to images, or pull what is there",
    });
  });
  for (const [wide, narrow] of overlappingPatterns(consumer.pull)) {
    problems.push({
      file: SHARED_FILE,
      path: `${path}.pull`,
      what: `${quotedValue(narrow)} lies within ${quotedValue(wide)}`,
      allowed: "allowed: scopes that do not overlap",
    });
  }
  const days = consumer.tokenDays;
  const over = IMAGE_CLASSES.find((c) => classes.has(c) && days !== undefined && ceilings && days > ceilings[c]);
  if (over && ceilings && days !== undefined) {
    problems.push({
      file: SHARED_FILE,
      path: `${path}.tokenDays`,
      what: `${days} is over the ceiling of class ${over}`,
      allowed: `allowed: at most ${ceilings[over]}`,
    });
  }
  return problems;
}

/** The product's own application as a consumer, where its scopes are given; else it pulls every image. */
function application(product: StageConfig["product"] | undefined): [Consumer, string][] {
  return product?.pull === undefined ? [] : [[{ name: product.name, pull: product.pull }, "product"]];
}

/** Names are unique, every scope reaches a mapped image and overlaps no other, no expiry is over its class's ceiling. */
export function checkConsumers(
  consumers: readonly Consumer[],
  images: readonly MappedImage[] | undefined,
  ceilings: Ceilings | undefined,
  product: StageConfig["product"] | undefined,
): Problem[] {
  if (!images) return checkNames(consumers, product?.name);
  const index = new RepositoryIndex(images);
  return [
    ...checkNames(consumers, product?.name),
    ...[...application(product), ...consumers.map((one): [Consumer, string] => [one, `consumers.${one.name}`])].flatMap(
      ([consumer, path]) => checkPulls(consumer, path, index, ceilings),
    ),
  ];
}

/** The tokens that follow from the facts fit the registry's tier, and each scope map takes its actions. */
export function checkTokens(facts: TokenInput & Pick<StageConfig, "registries">): Problem[] {
  const tokens = planTokens(facts);
  const problems: Problem[] = tokens
    .filter((token) => token.actions.length > SCOPE_MAP_ACTIONS)
    .map((token) => ({
      file: SHARED_FILE,
      path: token.consumer === facts.product.name ? "product.pull" : "consumers",
      what: `${quotedValue(token.consumer)} names ${token.actions.length / PULL_ACTIONS.length} ${token.registry} repositories`,
      allowed: `allowed: ${SCOPE_MAP_ACTIONS / PULL_ACTIONS.length}, or a path such as ${facts.product.name}/*`,
    }));
  for (const imageClass of IMAGE_CLASSES) {
    const registry = facts.registries[imageClass];
    const count = tokens.filter((token) => token.registry === imageClass).length;
    if (registry.mode === "reference" || count <= SKU_LIMITS[registry.sku].tokens) continue;
    problems.push({
      file: stageFileName(facts.stage),
      path: `registries.${imageClass}.sku`,
      what: `${count} tokens are more than ${registry.sku} takes`,
      allowed: `allowed: ${SKU_LIMITS[registry.sku].tokens}, or a higher SKU`,
    });
  }
  return problems;
}
