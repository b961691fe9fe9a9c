import { z } from "zod";
import { closed, orForm, RELATIVE_FORM, RELATIVE_PATH, text, yamlDay } from "../base/decode/decode";
import { type Problem, reportProblems } from "../base/decode/problems";
import { salvage } from "../base/decode/salvage";
import { isDigest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { isLoopback } from "../base/reference";
import { quotedValue } from "../base/text/quote";
import { isUnsafe } from "../base/text/unsafe";
import {
  FORGES,
  GIT_ADDRESS_FORM,
  type GitOpsConfig,
  type GitOpsException,
  type GitOpsFiles,
  type GitOpsRelease,
  type GitOpsRepository,
  parseGitAddress,
} from "../domain/gitops";
import type { MappedImage } from "../domain/image/imageClass";
import { isStage, isStageName, STAGE_NAME_FORM, stageOfAlias, type Stages } from "../domain/stage";
import { type ProjectFile, projectValue, SHARED_FILE } from "../project";
import { images } from "./images";
import { readStageList } from "./stages";

const NAME = /^[a-z][a-z0-9-]{0,38}[a-z0-9]$/;
const name = text(NAME, "2 to 40 lower-case letters, digits and hyphens, a letter first and no hyphen last");
const stageName = z.string().refine(isStageName, `allowed: ${STAGE_NAME_FORM}`);

const ADDRESS = `allowed: ${GIT_ADDRESS_FORM}`;
/** Source: git-check-ref-format(1), of which these are the plain names. */
const BRANCH = /^(?!.*(?:\.\.|\/\/|\/\.|\.lock(?:\/|$)))[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}(?<![./])$/;

const API = "an https address without a slash behind, such as https://gitlab.example.com/api/v4";

function isApi(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || /[/?#@]$|[?#@\s]/.test(address)) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.host));
}

const REPOSITORY = "{ address: https://github.com/company/deploy, forge: github }";

const repository = closed(
  {
    address: z.string(ADDRESS).refine((address) => parseGitAddress(address) !== undefined, ADDRESS),
    forge: z.enum(FORGES),
    branch: text(BRANCH, "the name of one branch").default("main"),
    project: text(
      /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_.][A-Za-z0-9._-]*)+$/,
      "the repository's path on its forge, such as company/deploy",
    ).optional(),
    api: z.string(`allowed: ${API}`).refine(isApi, `allowed: ${API}`).optional(),
    token: text(
      /^[A-Z][A-Z0-9_]{0,99}$/,
      "the name of the variable that holds the token, such as DEPLOY_TOKEN",
    ).optional(),
  },
  REPOSITORY,
) satisfies z.ZodType<GitOpsRepository>;

const FILES = "{ repository: deploy, files: [apps/qa/inventory.yaml] }";

const files = closed(
  {
    repository: name,
    files: z
      .array(text(RELATIVE_PATH, RELATIVE_FORM), orForm("a list, such as [apps/qa/inventory.yaml]"))
      .min(1)
      .max(100),
  },
  FILES,
) satisfies z.ZodType<GitOpsFiles>;

const RELEASE = `{ stages: { qa: ${FILES} } }`;

const release = closed(
  {
    images: z
      .array(z.string("allowed: a repository of images"), orForm("a list, such as [orders/api]"))
      .min(1)
      .optional(),
    stages: z.record(stageName, files, orForm(`{ qa: ${FILES} }, the files for each stage`)),
  },
  RELEASE,
) satisfies z.ZodType<GitOpsRelease>;

const REASON = "one line of 10 to 500 characters that says why";
const DIGEST = "allowed: a digest, such as sha256: and 64 hexadecimal digits";
const EXCEPTION =
  '{ digest: "sha256:...", image: "docker.io/library/redis:7.4", reason: <why>, expires: "2027-01-31" }';

const exception = closed(
  {
    digest: z.string(DIGEST).refine(isDigest, DIGEST),
    image: text(/^[\x21-\x7e]{1,500}$/, "what the image is called, such as docker.io/library/redis:7.4"),
    reason: text(/^.{10,500}$/, REASON).refine((why) => !isUnsafe(why), `allowed: ${REASON}`),
    expires: yamlDay,
    stages: z.array(stageName, orForm("a list, such as [dev, qa]")).min(1).optional(),
  },
  EXCEPTION,
) satisfies z.ZodType<GitOpsException>;

/** Which git repositories deploy what, for `dualreg gitops`. */
export const gitops = closed(
  {
    repositories: z.record(name, repository, orForm(`{ deploy: ${REPOSITORY} }, a repository for each name`)),
    releases: z.record(name, release, orForm(`{ inventory: ${RELEASE} }, a release for each name`)).default({}),
    exceptions: z
      .array(exception, orForm(`a list, such as [${EXCEPTION}]`))
      .max(1_000)
      .default([]),
  },
  `{ repositories: { deploy: ${REPOSITORY} }, releases: { inventory: ${RELEASE} } }`,
) satisfies z.ZodType<GitOpsConfig>;

const at = (path: string) => ({ file: SHARED_FILE, path: `gitops.${path}` });

function unknownStage(stage: string, path: string, stages: Stages): Problem[] {
  if (isStage(stage, stages)) return [];
  const meant = stageOfAlias(stage, stages);
  const hint = meant === undefined ? "" : `; ${stage} is another name of ${meant}`;
  const what = `${quotedValue(stage)} is not a stage`;
  return [{ ...at(path), what, allowed: `allowed: ${stages.join(", ")}${hint}`, from: { paths: ["stages"] } }];
}

/** Each release goes through repositories, stages and images that there are; each of its stages has files of its own. */
function checkRelease(
  named: string,
  { images, stages }: GitOpsRelease,
  { repositories }: GitOpsConfig,
  known: { images: readonly Pick<MappedImage, "repository">[] | undefined; stages: Stages },
): Problem[] {
  const problems: Problem[] = [];
  const release = `releases.${named}`;
  images?.forEach((image, index) => {
    if (known.images === undefined || known.images.some(({ repository }) => repository === image)) return;
    const what = `${quotedValue(image)} is not mapped to a class`;
    const from = { paths: ["images"], name: image };
    problems.push({ ...at(`${release}.images[${index}]`), what, allowed: "add it to images, or leave it out", from });
  });
  const owners = new Map<string, string>();
  const [first, ...others] = Object.entries(stages);
  for (const [stage, { repository, files }] of Object.entries(stages)) {
    const path = `${release}.stages.${stage}`;
    problems.push(...unknownStage(stage, path, known.stages));
    if (!Object.hasOwn(repositories, repository)) {
      const allowed = `allowed: ${Object.keys(repositories).sort().join(", ") || "a name of gitops.repositories"}`;
      const what = `${quotedValue(repository)} is not a repository of gitops.repositories`;
      const from = { paths: ["gitops.repositories"], name: repository };
      problems.push({ ...at(`${path}.repository`), what, allowed, from });
    }
    files.forEach((file, index) => {
      const owner = owners.get(`${repository} ${file}`);
      owners.set(`${repository} ${file}`, owner ?? stage);
      if (owner === undefined) return;
      const what = `${quotedValue(file)} of ${repository} is ${owner === stage ? "listed twice" : `the file of ${owner} as well`}`;
      problems.push({ ...at(`${path}.files[${index}]`), what, allowed: "allowed: files of each stage's own" });
    });
  }
  for (const [stage, { files }] of others) {
    if (first === undefined || files.length === first[1].files.length) continue;
    const what = `${files.length} files, and ${first[0]} has ${first[1].files.length}`;
    const allowed = "allowed: as many files in each stage, in the same order: the first becomes the first";
    problems.push({ ...at(`${release}.stages.${stage}.files`), what, allowed });
  }
  return problems;
}

/** What a schema alone cannot see. @param images undefined where the map of images could not be read */
export function checkGitOps(
  config: GitOpsConfig | undefined,
  known: { images: readonly Pick<MappedImage, "repository">[] | undefined; stages: Stages },
): Problem[] {
  if (config === undefined) return [];
  const releases = Object.entries(config.releases);
  const seen = new Set<string>();
  const exceptions = config.exceptions.flatMap(({ digest, stages = [] }, index): Problem[] => {
    const path = `exceptions[${index}]`;
    const wrong = stages.flatMap((stage, nth) => unknownStage(stage, `${path}.stages[${nth}]`, known.stages));
    const repeated = seen.has(digest);
    seen.add(digest);
    if (!repeated) return wrong;
    const what = `${quotedValue(digest)} is listed twice`;
    return [...wrong, { ...at(`${path}.digest`), what, allowed: "allowed: each digest once" }];
  });
  return [...releases.flatMap(([named, release]) => checkRelease(named, release, config, known)), ...exceptions];
}

/**
 * Which git repositories deploy what, as Pulumi.yaml says alone: no stage file need be there.
 *
 * @returns undefined where the project says nothing of it
 * @throws DualRegistryError CONFIG_INVALID with a line for each problem
 */
export function readGitOps(project: ProjectFile): GitOpsConfig | undefined {
  const raw = projectValue(project, "gitops");
  if (raw === undefined) return undefined;
  const { value, problems } = salvage(gitops, raw, "gitops", SHARED_FILE);
  const { value: mapped } = salvage(images, projectValue(project, "images"), "images", SHARED_FILE);
  const wrong = [...problems, ...checkGitOps(value, { images: mapped, stages: readStageList(project).stages })];
  if (value === undefined || wrong.length > 0) throw new DualRegistryError("CONFIG_INVALID", reportProblems(wrong));
  return value;
}
