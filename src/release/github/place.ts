import { z } from "zod";
import { MAIN } from "../../domain/flow/branches";
import { DualRegistryError } from "../../errors";
import type { Github } from "./client";
import { anythingSchema, refSchema } from "./schemas";

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
 * Places a version tag, annotated, so that it says who placed it and when.
 *
 * @throws DualRegistryError GITHUB_REFUSED where the tag is there by now
 */
export async function placeTag(github: Github, tag: string, commit: string, message: string): Promise<void> {
  const body = { tag, message, object: commit, type: "commit" };
  const { sha } = await github.call("POST /repos/{owner}/{repo}/git/tags", body, created);
  await createRef(github, `refs/tags/${tag}`, sha);
}

/** The newest commit of main. */
export async function headOfMain(github: Github): Promise<string> {
  const found = await github.find(REF, { ref: `heads/${MAIN}` }, refSchema);
  if (found) return found.object.sha;
  throw new DualRegistryError("NOT_FOUND", `${github.name} has no branch ${MAIN}, which releases are cut from`);
}

/** Cuts a release branch. */
export const cutBranch = (github: Github, branch: string, commit: string): Promise<void> =>
  createRef(github, `refs/heads/${branch}`, commit);
