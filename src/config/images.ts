import { z } from "zod";
import { closed, orForm, RELATIVE_FORM, RELATIVE_PATH, text, whole } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import {
  IMAGE_BINDINGS,
  IMAGE_CLASSES,
  type MappedImage,
  overlappingPatterns,
  PULL_ACTIONS,
  RepositoryIndex,
} from "../domain/image/imageClass";
import { SCOPE_MAP_ACTIONS, SKU_LIMITS } from "../domain/image/registryKind";
import { VERSION_PREFIXES } from "../domain/image/version";
import type { StageConfig } from "../domain/plan/stageConfig";
import { type Consumer, planTokens, type TokenInput } from "../domain/plan/tokens";
import { isStage, isStageName, type Stage, STAGE_NAME_FORM, type Stages } from "../domain/stage";
import { SHARED_FILE, stageFileName } from "../project";

const REPOSITORY = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*";
const NAME = /^[a-z][a-z0-9-]{1,38}[a-z0-9]$/;
const NAME_FORM = "3 to 40 lower-case letters, digits and hyphens, a letter first and no hyphen last";

const domain = text(
  /^(?=.{4,200}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
  "a domain name in lower case, such as company.com",
);

/** Path of a repository without its registry. Source: OCI distribution specification 1.1, `<name>`. */
const repository = text(
  new RegExp(`^(?=.{1,255}$)${REPOSITORY}$`),
  "a repository path in lower case, such as orders/api",
);

/** A repository, or all below a path. */
const pattern = text(
  new RegExp(`^(?=.{1,255}$)${REPOSITORY}(?:/\\*)?$`),
  "a repository path, or a path that ends in /*, such as orders/*",
);

/** A product and its images as they are written, for messages. */
export const PRODUCT_EXAMPLE = "{ name: orders, domain: company.com, repository: orders }";
export const IMAGES_EXAMPLE = "[{ repository: orders/api, class: secure }]";

/** What the name of a repository on GitHub is, in words. */
export const REPOSITORY_FORM = "a GitHub repository's name without its owner";

/** What stands in front of the product's versions, everywhere. Default: v. */
export const versionPrefix = z.enum(VERSION_PREFIXES).default("v");

/** The product that all stages are of. */
export const product = closed(
  {
    /** Begins the names of resources. */
    name: text(/^[a-z][a-z0-9-]{0,22}[a-z0-9]$/, "2 to 24 lower-case letters, digits and hyphens, a letter first"),
    domain,
    /** The repository whose environments are the gates; its owner stands in github:owner. Left out where gates are off. */
    repository: text(/^[A-Za-z0-9._-]{1,100}$/, REPOSITORY_FORM).optional(),
    /** What the product's own application may pull. Default: every image. */
    pull: z.array(pattern, orForm("a list, such as [orders/api]")).min(1).optional(),
    versionPrefix,
  },
  PRODUCT_EXAMPLE,
);

const folder = text(RELATIVE_PATH, RELATIVE_FORM);

const image = closed(
  {
    repository,
    class: z.enum(IMAGE_CLASSES),
    binding: z.enum(IMAGE_BINDINGS).default("portable"),
    build: closed(
      { context: folder.exactOptional(), dockerfile: folder.exactOptional() },
      "{ context: ., dockerfile: api/Dockerfile }",
    ).exactOptional(),
  },
  "{ repository: orders/api, class: secure }",
) satisfies z.ZodType<MappedImage>;

/** Every repository of the product, with its class. */
export const images = z.array(image, orForm(`a list, such as ${IMAGES_EXAMPLE}`)).min(1);

const CONSUMER = "{ name: shop, pull: [orders/api] }";

const consumer = closed(
  {
    name: text(NAME, NAME_FORM),
    pull: z.array(pattern, orForm("a list, such as [orders/api]")).min(1),
    stages: z
      .array(z.string().refine(isStageName, `allowed: ${STAGE_NAME_FORM}`), orForm("a list, such as [dev, qa]"))
      .min(1)
      .optional(),
    tokenDays: whole(1, 3650).optional(),
  },
  CONSUMER,
) satisfies z.ZodType<Consumer>;

/** Everybody who pulls beside the product itself. */
export const consumers = z.array(consumer, orForm(`a list, such as [${CONSUMER}]`));

const ceiling = whole(1, 3650);

/** Most days a token's password may live, by class. */
export const tokens = closed(
  { ceilingDays: closed({ secure: ceiling, standard: ceiling }, "{ secure: 90, standard: 180 }") },
  "{ ceilingDays: { secure: 90, standard: 180 } }",
);

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

/** Who pulls in a stage: the product itself, where its name is known, and the consumers that are not of other stages only. */
export function consumersHere(
  stage: Stage,
  { product, consumers }: { product: string | undefined; consumers: readonly Consumer[] },
): string[] {
  const here = consumers.filter(({ stages }) => stages?.includes(stage) ?? true).map(({ name }) => name);
  return [...(product === undefined ? [] : [product]), ...here];
}

/** The stages that a consumer pulls from are stages of the project. */
export function checkConsumerStages(consumers: readonly Consumer[], listed: Stages): Problem[] {
  return consumers.flatMap(({ name, stages = [] }) =>
    stages
      .filter((stage) => !isStage(stage, listed))
      .map((stage): Problem => {
        const what = `${quotedValue(stage)} is not a stage`;
        const at = { file: SHARED_FILE, path: `consumers.${name}.stages` };
        return { ...at, what, allowed: `allowed: ${listed.join(", ")}`, from: { paths: ["stages"] } };
      }),
  );
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
      from: { paths: ["images"], name: pattern.replace(/\/\*$/, "") },
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
      from: { paths: [`tokens.ceilingDays.${over}`] },
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
export function checkTokens(config: TokenInput & Pick<StageConfig, "registries">): Problem[] {
  const tokens = planTokens(config);
  const problems: Problem[] = tokens
    .filter((token) => token.actions.length > SCOPE_MAP_ACTIONS)
    .map((token) => ({
      file: SHARED_FILE,
      path: token.consumer === config.product.name ? "product.pull" : "consumers",
      what: `${quotedValue(token.consumer)} names ${token.actions.length / PULL_ACTIONS.length} ${token.registry} repositories`,
      allowed: `allowed: ${SCOPE_MAP_ACTIONS / PULL_ACTIONS.length}, or a path such as ${config.product.name}/*`,
    }));
  for (const imageClass of IMAGE_CLASSES) {
    const registry = config.registries[imageClass];
    const count = tokens.filter((token) => token.registry === imageClass).length;
    if (registry.mode === "reference" || count <= SKU_LIMITS[registry.sku].tokens) continue;
    problems.push({
      file: stageFileName(config.stage),
      path: `registries.${imageClass}.sku`,
      what: `${count} tokens are more than ${registry.sku} takes`,
      allowed: `allowed: ${SKU_LIMITS[registry.sku].tokens}, or a higher SKU`,
      from: { paths: [`registries.${imageClass}.sku`] },
    });
  }
  return problems;
}
