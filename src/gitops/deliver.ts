import { createHash } from "node:crypto";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import { escapeUnsafe } from "../base/text/unsafe";
import type { Stage } from "../domain/stage";
import type { ForgeApi, ForgeRequest, RequestText } from "./forge";
import type { GitOpsClone } from "./git/clone";

/** Why a request is made; a promotion never overtakes a rollback. */
export type RequestKind = "promote" | "rollback";

/** A change of one release at one stage, ready to be asked for. */
export interface Change {
  kind: RequestKind;
  release: string;
  stage: Stage;
  /** Of what the files are to say of images: the same wish has the same hash. */
  hash: string;
  /** Whole texts by path. */
  files: ReadonlyMap<string, string>;
  text: RequestText;
  /** What the commit says: a line for each image. */
  lines: readonly string[];
}

/** What became of a change. */
export interface Delivery {
  /** `unchanged`: the files say it already; `open`: a request of this very change is open; `updated`: it was brought up to date. */
  state: "unchanged" | "opened" | "open" | "updated";
  branch?: string;
  /** The commit that was pushed; absent where the branch was there already. */
  commit?: string;
  /** Absent where GitLab opens it by push options. */
  request?: Pick<ForgeRequest, "number" | "url">;
  /** Requests that this one overtook, which were closed. */
  closed: readonly number[];
  notes: readonly string[];
}

/** What a delivery is about to do: `commit`, `push` and `request`, for whoever watches. */
export type DeliveryStep = "commit" | "push" | "request";

const HASH = /^[0-9a-f]{12}$/;

/** The hash of what is wanted: of any JSON, whose order counts. */
export const changeHash = (wanted: unknown): string =>
  createHash("sha256").update(JSON.stringify(wanted)).digest("hex").slice(0, 12);

/** What begins the names of all branches of a release at a stage. */
const prefixOf = ({ release, stage }: Pick<Change, "release" | "stage">): string => `dualreg/${release}-${stage}-`;

/** The branch of a change. */
export const branchOf = (change: Pick<Change, "release" | "stage" | "hash">): string =>
  `${prefixOf(change)}${change.hash}`;

/** In the text of a request: by it the request is known as one of ours, and of which kind. */
const marker = ({ kind, release, stage, hash }: Change): string =>
  `<!-- dualreg-gitops ${kind} ${release} ${stage} ${hash} -->`;

const kindOf = (body: string): string | undefined => /^<!-- dualreg-gitops (promote|rollback) /.exec(body)?.[1];

/** The line of a commit's message that says what it is of. */
const trailer = ({ kind, hash }: Change): string => `Change: ${kind} ${hash}`;

const kindOfCommit = (message: string): string | undefined => /^Change: (promote|rollback) /m.exec(message)?.[1];

/**
 * Brings a change before its approvers: one commit on a branch that is named by the change, one request. Doing it again
 * does nothing, also where an earlier run was killed between any two steps.
 *
 * @param forge undefined: GitLab opens the request by push options
 * @throws DualRegistryError GIT_REFUSED, GIT_AUTH, GIT_UNAVAILABLE, and as the forge answers; then nothing is merged
 */
export async function deliver(
  change: Change,
  { clone, forge }: { clone: GitOpsClone; forge: ForgeApi | undefined },
  onStep: (step: DeliveryStep) => void = () => undefined,
): Promise<Delivery> {
  const changed = new Map<string, string>();
  for (const [path, text] of change.files) if ((await clone.read(path)) !== text) changed.set(path, text);
  const branch = branchOf(change);
  const branches = await clone.remoteBranches(prefixOf(change));
  const open = await forge?.openRequests(clone.repository.branch, prefixOf(change));
  const at = { clone, forge, branches, open };
  if (changed.size === 0) {
    const by = `${clone.repository.branch}, which says already what was wanted last`;
    return { state: "unchanged", ...(await closeOvertaken(change, at, by)) };
  }
  const isOpen = open?.some((each) => each.branch === branch) ?? true;
  const stands = await standing(change, changed, { clone, there: branches.has(branch), isOpen });
  const pushed =
    stands === "no" ? await push(change, changed, { clone, forge, expected: branches.get(branch) }, onStep) : undefined;
  onStep("request");
  const asked = await ask(change, at);
  const { closed, notes } = await closeOvertaken(change, at, asked?.request.url ?? branch, branch);
  const isNew = asked?.opened ?? pushed !== undefined;
  const state = isNew ? "opened" : pushed === undefined ? "open" : "updated";
  const shown = asked && { number: asked.request.number, url: asked.request.url };
  return { state, branch, ...defined({ commit: pushed, request: shown }), closed, notes };
}

/**
 * Whether the branch says already what is wanted, and nothing else. A branch without a request that began at another commit
 * may be left from a request that was merged, and is made anew.
 *
 * @throws DualRegistryError GIT_REFUSED where others changed it: a request of it would vouch for what it does not say
 */
async function standing(
  change: Change,
  changed: ReadonlyMap<string, string>,
  { clone, there, isOpen }: { clone: GitOpsClone; there: boolean; isOpen: boolean },
): Promise<"yes" | "no"> {
  if (!there) return "no";
  const branch = branchOf(change);
  const head = await clone.fetch(branch);
  if (await clone.addsExactly(head, branch, { files: change.files, needed: changed.keys() })) {
    return isOpen || (await clone.parents(head)).includes(clone.base) ? "yes" : "no";
  }
  if (await clone.isAsMade(head)) return "no";
  throw new DualRegistryError(
    "GIT_REFUSED",
    `The branch ${quoted(branch)} of ${clone.repository.address} has changes of somebody else, to ${quoted(head)}; nothing was asked for or changed: keep them on a branch of their own, delete this one, and run it again`,
  );
}

async function push(
  change: Change,
  changed: ReadonlyMap<string, string>,
  { clone, forge, expected }: { clone: GitOpsClone; forge: ForgeApi | undefined; expected: string | undefined },
  onStep: (step: DeliveryStep) => void,
): Promise<string> {
  onStep("commit");
  const { title, body } = change.text;
  // Source: GitLab documentation, "Push options": an option is one line, and the text of the request comes from the commit.
  const told = forge === undefined ? body : change.lines.join("\n");
  const commit = await clone.commit(changed, `${title}\n\n${told}\n\n${trailer(change)}\n`);
  onStep("push");
  const options = [
    "merge_request.create",
    `merge_request.target=${clone.repository.branch}`,
    `merge_request.title=${title}`,
  ];
  const more = forge === undefined ? { options: [...options, "merge_request.remove_source_branch"] } : {};
  await clone.push(branchOf(change), commit, { expected, ...more });
  return commit;
}

/** What a change meets at its repository. */
interface Ground {
  clone: GitOpsClone;
  forge: ForgeApi | undefined;
  /** Those of its release and stage, with their commits. */
  branches: ReadonlyMap<string, string>;
  /** Those of its release and stage; undefined without a forge. */
  open: readonly ForgeRequest[] | undefined;
}

/** Opens the request or brings its text up to date; undefined where push options did. */
async function ask(
  change: Change,
  { clone, forge, open = [] }: Ground,
): Promise<{ request: ForgeRequest; opened: boolean } | undefined> {
  if (forge === undefined) return undefined;
  const own = branchOf(change);
  const text = { title: change.text.title, body: `${marker(change)}\n${change.text.body}` };
  const found = open.find(({ branch }) => branch === own);
  const request = found ?? (await forge.open(own, clone.repository.branch, text));
  if (found !== undefined && (found.body !== text.body || found.title !== text.title)) await forge.update(found, text);
  return { request, opened: found === undefined };
}

/**
 * Closes the requests that a change overtakes, and deletes their branches: those alone that nobody else changed.
 *
 * @param by what a closed request is told
 * @param kept the branch of the change; absent where its files are there already, so that no request of it is needed
 */
async function closeOvertaken(
  change: Change,
  { clone, forge, branches, open }: Ground,
  by: string,
  kept?: string,
): Promise<{ closed: number[]; notes: string[] }> {
  const [closed, notes]: [number[], string[]] = [[], []];
  const ours = (branch: string) => HASH.test(branch.slice(prefixOf(change).length)) && branch !== kept;
  const overtakes = (kind: string | undefined) =>
    kind === change.kind || (kind === "promote" && change.kind === "rollback");
  const remove = async (branch: string) => {
    const commit = branches.get(branch);
    if (commit === undefined) return;
    if ((await clone.fetch(branch)) === commit && (await clone.isAsMade(commit))) {
      await clone.deleteBranch(branch, commit);
    } else notes.push(`${branch} was overtaken and has changes of somebody else, so it was not deleted`);
  };
  if (forge === undefined) {
    // GitLab closes the request of a branch that is deleted.
    for (const branch of [...branches.keys()].filter(ours)) {
      if (overtakes(kindOfCommit(await clone.message(await clone.fetch(branch))))) await remove(branch);
    }
    return { closed, notes };
  }
  for (const each of (open ?? []).filter(({ branch, body }) => ours(branch) && overtakes(kindOf(body)))) {
    await forge.close(each, escapeUnsafe(`Overtaken by ${by}`));
    closed.push(each.number);
    await remove(each.branch);
  }
  return { closed, notes };
}
