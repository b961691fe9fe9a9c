import { IMAGE_CLASSES, type MappedImage } from "../../domain/imageClass";
import { RepositoryIndex } from "../../domain/repositoryIndex";
import { overlappingPatterns } from "../../domain/scopes";
import type { Consumer, StageConfig } from "../../domain/stageConfig";
import { showValue, type Problem } from "../problem";
import { SHARED_FILE } from "../raw";

type Ceilings = StageConfig["tokenCeilingDays"];

function checkNames(consumers: readonly Consumer[], product: string | undefined): Problem[] {
  const taken = new Set(product === undefined ? [] : [product]);
  return consumers.flatMap(({ name }): Problem[] => {
    const repeated = taken.has(name);
    taken.add(name);
    if (!repeated) return [];
    const what = name === product ? `${showValue(name)} is the product's own name` : `${showValue(name)} is taken`;
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
      what: `${showValue(pattern)} is not mapped to a class`,
      allowed: "add it to images, or pull what is there",
    });
  });
  for (const [wide, narrow] of overlappingPatterns(consumer.pull)) {
    problems.push({
      file: SHARED_FILE,
      path: `${path}.pull`,
      what: `${showValue(narrow)} lies within ${showValue(wide)}`,
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
