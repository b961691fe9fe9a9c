import { type Problem, reportProblems } from "../base/decode/problems";
import { salvage } from "../base/decode/salvage";
import { DualRegistryError } from "../base/errors";
import { readBounded } from "../base/file";
import { isObject, parseJson } from "../base/json";
import { quoted } from "../base/text/quote";
import { IMAGE_CLASSES, type ImageClass, type MappedImage } from "../domain/image/imageClass";
import { type TagRules, tagRules } from "../domain/image/tags";
import type { VersionScheme } from "../domain/image/version";
import { isStage, type Stage } from "../domain/stage";
import { outputsSchema } from "./schema";
import type { RegistryOutput, StageOutputs } from "./schema";

/** Bytes of the largest file of outputs that is read. */
export const MAX_OUTPUTS = 16 * 1024 * 1024;

const sameRules = (one: TagRules, other: TagRules): boolean =>
  one.regime === other.regime &&
  one.forms.length === other.forms.length &&
  one.forms.every(({ name, pattern }, at) => other.forms[at]?.name === name && other.forms[at].pattern === pattern);

/**
 * A pattern from a file may take for ever, or allow everything. So none is compiled that this project does not make
 * itself: the rules must be those of the stage, word for word.
 */
function checkTagRules(
  file: string,
  { stage, ...scheme }: VersionScheme & { stage: Stage },
  registries: readonly NamedRegistry[],
): Problem[] {
  const known = [tagRules(stage, scheme), tagRules(stage, scheme, true)];
  return registries.flatMap(({ path, registry }): Problem[] => {
    if (known.some((rules) => sameRules(rules, registry.tagRules))) return [];
    return [
      {
        file,
        path: `${path}.tagRules`,
        what: `are not the tag rules of ${stage}`,
        allowed: "run `pulumi up` with this version of the program, and write its outputs again",
      },
    ];
  });
}

/** A registry, where it stands in the outputs, and the class that its place says. */
interface NamedRegistry {
  path: string;
  imageClass: ImageClass;
  registry: RegistryOutput;
}

const pairOf = (path: string, registries: StageOutputs["registries"]): NamedRegistry[] =>
  IMAGE_CLASSES.map((imageClass) => ({
    path: `${path}.${imageClass}`,
    ...{ imageClass, registry: registries[imageClass] },
  }));

const alternativesOf = (path: string, alternatives: StageOutputs["alternatives"]): NamedRegistry[] =>
  IMAGE_CLASSES.flatMap((imageClass) =>
    (alternatives?.[imageClass] ?? []).map((registry, at) => ({
      path: `${path}.${imageClass}[${at}]`,
      ...{ imageClass, registry },
    })),
  );

/** The stage and the one before are of the list; whether the one is before the other a promotion asks. */
function checkStages(file: string, { stage, stages, stageBefore: before }: StageOutputs): Problem[] {
  const named = [
    { path: "stage", name: stage },
    ...(before ? [{ path: "stageBefore.stage", name: before.stage }] : []),
  ];
  return named
    .filter(({ name }) => !isStage(name, stages))
    .map(({ path, name }) => ({
      ...{ file, path, what: `${quoted(name)} is not allowed`, allowed: `allowed: ${stages.join(", ")}` },
    }));
}

function checkClasses(file: string, registries: readonly NamedRegistry[]): Problem[] {
  return registries
    .filter(({ imageClass, registry }) => registry.class !== imageClass)
    .map(({ path, imageClass, registry }) => ({
      file,
      path: `${path}.class`,
      what: `"${registry.class}" is not allowed`,
      allowed: `allowed: ${imageClass}`,
    }));
}

/**
 * Reads what a stage's stack said of itself: a file that `pulumi stack output --json` wrote, or `-` for standard input.
 * Fields that the contract does not have are left out.
 *
 * @throws DualRegistryError CONFIG_INVALID with a line for each problem: file, field, value, what is allowed
 */
export function readOutputs(file: string): StageOutputs {
  const bytes = readBounded(file, MAX_OUTPUTS, "CONFIG_INVALID");
  const name = file === "-" ? "standard input" : quoted(file);
  let json: unknown;
  try {
    json = parseJson(bytes, name);
  } catch (cause) {
    const why = cause instanceof DualRegistryError ? cause.message : `${name}: unreadable`;
    const write = "write it with: pulumi stack output --json --stack <stage> > outputs.json";
    throw new DualRegistryError("CONFIG_INVALID", `${why}; ${write}`, { cause });
  }
  if (isObject(json) && Object.keys(json).length === 0) {
    const what = `${name}: the stack has no outputs, so its stage is not deployed yet`;
    throw new DualRegistryError("CONFIG_INVALID", `${what}; run \`pulumi up\` on it first`);
  }
  const { value, problems } = salvage(outputsSchema, json, "", name);
  if (problems.length > 0 || !value) throw refused(problems);
  const { stageBefore: before, stage, stages, versionPrefix } = value;
  const misplaced = checkStages(name, value);
  if (misplaced.length > 0) throw refused(misplaced);
  const scheme = { stages, versionPrefix };
  const own = [...pairOf("registries", value.registries), ...alternativesOf("alternatives", value.alternatives)];
  const earlier = before
    ? [
        ...pairOf("stageBefore.registries", before.registries),
        ...alternativesOf("stageBefore.alternatives", before.alternatives),
      ]
    : [];
  const wrong = [
    ...checkClasses(name, [...own, ...earlier]),
    ...checkTagRules(name, { stage, ...scheme }, own),
    ...(before ? checkTagRules(name, { stage: before.stage, ...scheme }, earlier) : []),
  ];
  if (wrong.length > 0) throw refused(wrong);
  return value;
}

/** A file that is not ours at all has a problem in every field: the first fifty say it. */
function refused(problems: readonly Problem[]): DualRegistryError {
  return new DualRegistryError("CONFIG_INVALID", reportProblems(problems.slice(0, 50)));
}

/**
 * Class and binding of a repository, as the map in Pulumi.yaml says. A repository that is not mapped has no class, and
 * gets none by default.
 *
 * @param repository path as the map has it: without host, and without the namespace of a registry that is only named
 * @throws DualRegistryError CONFIG_INVALID
 */
export function imageOf(outputs: Pick<StageOutputs, "images">, repository: string): MappedImage {
  const image = outputs.images.find((one) => one.repository === repository);
  if (image) return image;
  const near = outputs.images.slice(0, 10).map((one) => one.repository);
  const more = outputs.images.length > near.length ? ", …" : "";
  throw new DualRegistryError(
    "CONFIG_INVALID",
    `Repository ${quoted(repository)} is not mapped to a class; allowed: ${near.join(", ")}${more}; ` +
      "add it to images in Pulumi.yaml, with class secure or standard, and run `pulumi up`",
  );
}
