import { DualRegistryError } from "../base/errors";
import { type FileValue, type ProjectFile, readFileValues, SHARED_FILE, stageFileName } from "../project";

/** A value that came with this project and stands where a company's own belongs. */
export interface ExampleValue {
  /** `Pulumi.yaml` or `Pulumi.<stage>.yaml`. */
  file: string;
  key: string;
  value: string;
  /** What it is, in every file alike, such as `github:owner company`. */
  what: string;
  /** The command that tells the company's own, or that writes it. */
  remedy: string;
}

const OWNER = "company";
const DOMAIN = "company.com";
const REPOSITORY = `${OWNER}/orders`;
const SUBSCRIPTION = "00000000-0000-0000-0000-";
const APP = "4200001";
const CHECKS_APP = "4200002";
const TEAMS: readonly string[] = ["4100101", "4100102", "4100103"];

/** True where the subscription is the example's, which are ids that Azure never gives out. */
export const isExampleSubscription = (id: string): boolean => id.startsWith(SUBSCRIPTION);

/** True where the GitHub organisation is the example's. */
export const isExampleOwner = (owner: string): boolean => owner === OWNER;

/** A value of the example, and how it is found in Pulumi.yaml or a stage's file. */
interface Example {
  what: string;
  isLeft: (value: FileValue) => boolean;
  remedy: (file: string, path: string) => string;
}

const EXAMPLES: readonly Example[] = [
  {
    what: `github:owner ${OWNER}`,
    isLeft: ({ path, text }) => path === "github:owner" && isExampleOwner(text),
    remedy: (file) => `gh org list  # then github:owner in ${file}`,
  },
  {
    what: `subscription ${SUBSCRIPTION}*`,
    isLeft: ({ text }) => isExampleSubscription(text) || text.includes(`/subscriptions/${SUBSCRIPTION}`),
    remedy: (file, path) => `az account list --output table  # then ${path} in ${file}`,
  },
  {
    what: `product.domain ${DOMAIN}`,
    isLeft: ({ path, text }) => path === "product.domain" && text === DOMAIN,
    remedy: (file) => `git grep -n 'domain:' ${file}  # and write your own there`,
  },
  {
    what: `emails at ${DOMAIN}`,
    isLeft: ({ text }) => text.endsWith(`@${DOMAIN}`),
    remedy: (file) => `git grep -n '@${DOMAIN}' ${file}  # and write your own there`,
  },
  {
    what: `gates.automation.app ${APP}`,
    isLeft: ({ path, text }) => path === "gates.automation.app" && text === APP,
    remedy: (file) => `gh api apps/<slug of your App> --jq .id  # then gates.automation.app in ${file}`,
  },
  {
    what: `gates.stageChecks of app ${CHECKS_APP}`,
    isLeft: ({ path, text }) => /^gates\.stageChecks\..+\.app$/.test(path) && text === CHECKS_APP,
    remedy: (file, path) => `gh api apps/<slug of the App that tests> --jq .id  # then ${path} in ${file}`,
  },
  {
    what: `team ids ${TEAMS.join(", ")}`,
    isLeft: ({ path, text }) => /^gates\.roles\..+\.id$/.test(path) && TEAMS.includes(text),
    remedy: (file, path) => `gh api orgs/<organisation>/teams/<slug> --jq .id  # then ${path} in ${file}`,
  },
  {
    what: `signers of ${REPOSITORY}`,
    isLeft: ({ path, text }) => path.startsWith("policies.") && text.startsWith(`https://github.com/${REPOSITORY}/`),
    remedy: (file, path) =>
      `git grep -n '${REPOSITORY}' ${file}  # leave ${path.replace(/\[.*/, "")} out: the default is your own`,
  },
];

/**
 * What is left of the example in Pulumi.yaml and the files of these stages, each value of a file once. What cannot be read
 * holds nothing. Workflows and actions name no repository, so they hold nothing of it.
 */
export function findExampleValues(project: ProjectFile, stages: readonly string[]): ExampleValue[] {
  return [...examplesOf(project, undefined), ...stages.flatMap((stage) => examplesOf(project, stage))];
}

function examplesOf(project: ProjectFile, stage: string | undefined): ExampleValue[] {
  const file = stage === undefined ? SHARED_FILE : stageFileName(stage);
  return valuesOf(project, stage).flatMap((value) =>
    EXAMPLES.filter(({ isLeft }) => isLeft(value)).map(({ what, remedy }) => ({
      ...{ file, key: value.path, value: value.text, what },
      remedy: remedy(file, value.path),
    })),
  );
}

function valuesOf(project: ProjectFile, stage: string | undefined): FileValue[] {
  try {
    return readFileValues(project, stage);
  } catch (error) {
    if (error instanceof DualRegistryError) return [];
    throw error;
  }
}

/** One line that says what is left of the example and in how many files; undefined where nothing is. */
export function exampleWarning(left: readonly ExampleValue[]): string | undefined {
  if (left.length === 0) return undefined;
  const kinds = [...new Set(left.map(({ what }) => what))].map((kind) => {
    const files = [...new Set(left.filter(({ what }) => what === kind).map(({ file }) => file))];
    return `${kind} (${files.length === 1 ? (files[0] ?? "") : `${files.length} files`})`;
  });
  return `Values of the example are left: ${kinds.join(", ")}; see dualreg doctor`;
}
