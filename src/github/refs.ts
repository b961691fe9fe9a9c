import { z } from "zod";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { escapeUnsafeLines } from "../base/text/unsafe";
import { MAIN, RELEASE_PREFIX, releaseNumber } from "../domain/flow/step";
import type { PlacedTag } from "../domain/flow/stepFacts";
import { parseVersion, type VersionScheme, writeVersion } from "../domain/image/version";
import type { Stage } from "../domain/stage";
import type { Github } from "./client";
import { anythingSchema, compareSchema, deploymentSchema, refSchema, tagSchema } from "./schemas";

/** A ref as GitHub lists it: what it points to is a commit or, for an annotated tag, a tag. */
export interface Ref {
  /** Without `refs/heads/` or `refs/tags/`. */
  name: string;
  sha: string;
  type: string;
}

async function refsUnder(github: Github, prefix: string): Promise<Ref[]> {
  const [kind = ""] = prefix.split("/", 1);
  const refs = await github.list("GET /repos/{owner}/{repo}/git/matching-refs/{ref}", { ref: prefix }, refSchema);
  return refs.map(({ ref, object }) => ({ name: ref.slice(`refs/${kind}/`.length), ...object }));
}

/** The release branches, the lowest number first. */
export async function readReleaseBranches(github: Github): Promise<Ref[]> {
  const refs = await refsUnder(github, `heads/${RELEASE_PREFIX}`);
  const branches = refs.filter(({ name }) => releaseNumber(name) !== undefined);
  return branches.sort((a, b) => (releaseNumber(a.name) ?? 0) - (releaseNumber(b.name) ?? 0));
}

/** The tags that are versions. */
export async function readVersionTags(github: Github, scheme: VersionScheme): Promise<Ref[]> {
  // GitHub lists by a beginning, and versions without a prefix have none in common.
  const refs = await refsUnder(github, `tags/${writeVersion("", scheme)}`);
  return refs.filter(({ name }) => parseVersion(name, scheme) !== undefined);
}

const PRIVATE_ADDRESS = /^(?:\d+\+)?([^@\s]+)@users\.noreply\.github\.com$/;

/** The login in the address that GitHub gives an account; undefined for any other address. */
export const loginIn = (email: string): string | undefined => PRIVATE_ADDRESS.exec(email)?.[1];

/** `task` of the deployments by which the automation records that a step was taken. */
const TAG_TASK = "dual-registry:tag";

/** The commit that a tag stands for. */
export async function commitOfTag(github: Github, ref: Ref): Promise<string> {
  return (await readTagObject(github, ref))?.object.sha ?? ref.sha;
}

function readTagObject(github: Github, { sha, type }: Ref) {
  const route = "GET /repos/{owner}/{repo}/git/tags/{tag_sha}";
  return type === "tag" ? github.call(route, { tag_sha: sha }, tagSchema) : undefined;
}

/**
 * A tag's commit, and what else is known of it. When it was placed GitHub does not record, and the tag's own date is
 * whatever its maker wrote.
 *
 * @param isAutomation whether a login is the automation's, whose records of the stage's step count
 */
export async function readTag(
  github: Github,
  ref: Ref,
  stage: Stage,
  isAutomation: (login: string) => Promise<boolean>,
): Promise<PlacedTag> {
  const [deployed, tag] = await Promise.all([
    github.list("GET /repos/{owner}/{repo}/deployments", { ref: ref.name }, deploymentSchema),
    readTagObject(github, ref),
  ]);
  const commit = tag?.object.sha ?? ref.sha;
  const deployedFrom = [...new Set(deployed.map((each) => each.sha))];
  const recorded: string[] = [];
  for (const { task, environment, sha, creator, created_at: at } of deployed) {
    const fits = task === TAG_TASK && environment === stage && sha === commit;
    if (fits && creator && (await isAutomation(creator.login))) recorded.push(at);
  }
  const by = tag?.tagger ? loginIn(tag.tagger.email) : undefined;
  return { commit, deployedFrom, recorded: recorded.sort(), ...defined({ by }) };
}

/** Records that a tag's step was taken, as a deployment of the release's own commit to the stage. */
export async function recordStep(github: Github, tag: string, stage: Stage): Promise<void> {
  const body = {
    ...{ ref: tag, task: TAG_TASK, environment: stage, description: `${tag} for ${stage}` },
    ...{ auto_merge: false, required_contexts: [], payload: {} },
  };
  await github.call("POST /repos/{owner}/{repo}/deployments", body, anythingSchema);
}

/** True where the second commit has the first in its history. */
export async function contains(github: Github, commit: string, head: string): Promise<boolean> {
  if (commit === head) return true;
  const route = "GET /repos/{owner}/{repo}/compare/{basehead}";
  const compared = await github.find(route, { basehead: `${commit}...${head}`, per_page: 1 }, compareSchema);
  return compared?.status === "ahead" || compared?.status === "identical";
}

/** The release branch that a commit lies on: the lowest, since later ones are cut from a main that has it as well. */
export async function branchOf(github: Github, commit: string, branches: readonly Ref[]): Promise<Ref | undefined> {
  for (const branch of branches) if (await contains(github, commit, branch.sha)) return branch;
  return undefined;
}

const REF = "GET /repos/{owner}/{repo}/git/ref/{ref}";

const created = z.object({ sha: z.string() });

/** Creates a ref. One that is there already and stands for the same was made by a try whose answer got lost. */
async function createRef(github: Github, ref: string, sha: string): Promise<void> {
  try {
    await github.call("POST /repos/{owner}/{repo}/git/refs", { ref, sha }, anythingSchema);
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "GITHUB_REFUSED") throw error;
    const found = await github.find(REF, { ref: ref.slice("refs/".length) }, refSchema);
    if (found?.object.sha !== sha) throw error;
  }
}

/**
 * Places a version tag, annotated, so that whoever looks at it sees who signed it off.
 *
 * @throws DualRegistryError GITHUB_REFUSED where the tag is there by now
 */
export async function placeTag(github: Github, tag: string, commit: string, message: string): Promise<void> {
  const body = { tag, message: escapeUnsafeLines(message), object: commit, type: "commit" };
  const { sha } = await github.call("POST /repos/{owner}/{repo}/git/tags", body, created);
  await createRef(github, `refs/tags/${tag}`, sha);
}

/** True where there is a tag of this name. */
export const hasTag = async (github: Github, tag: string): Promise<boolean> =>
  (await github.find(REF, { ref: `tags/${tag}` }, refSchema)) !== undefined;

/** The newest commit of main. */
export async function headOfMain(github: Github): Promise<string> {
  const found = await github.find(REF, { ref: `heads/${MAIN}` }, refSchema);
  if (found) return found.object.sha;
  throw new DualRegistryError("NOT_FOUND", `${github.name} has no branch ${MAIN}, which releases are cut from`);
}

/** Cuts a release branch. */
export const cutBranch = (github: Github, branch: string, commit: string): Promise<void> =>
  createRef(github, `refs/heads/${branch}`, commit);
