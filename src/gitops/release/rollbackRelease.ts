import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { parseVersion } from "../../domain/image/version";
import type { Stage } from "../../domain/stage";
import { destinationOf, type Registries } from "../../images/registries";
import { cachedSource } from "../../oci";
import type { StageOutputs } from "../../outputs";
import type { GitOpsConfig } from "../../domain/gitops";
import { branchOf, changeHash, deliver } from "../deliver";
import { findImages, type ImageParts, type ImageSite, setImages } from "../documents";
import { acceptedEvidence, type Evidence, type EvidenceContext, exceptionFor } from "../evidence";
import { openForge } from "../forge";
import type { Variables } from "../git/access";
import type { GitOpsClone } from "../git/clone";
import { mappedOf, pairsOf } from "./earlierImages";
import {
  approversOf,
  filesAt,
  linesOf,
  partsOf,
  type ReleaseResult,
  type ReleaseRow,
  releaseOf,
  type ReleaseStep,
  withClones,
} from "./promoteRelease";
import { requestText } from "./requestText";
import { siteText, stageImageOf } from "./stageImages";

/** A rollback of a release at a stage. */
export interface RollbackRelease {
  config: GitOpsConfig;
  release: string;
  stage: Stage;
  /** A version that stood in the files, or a commit of their branch. */
  to: string;
  outputs: StageOutputs;
  registries: Registries;
  context: EvidenceContext;
  env: Variables;
  /** Says what would be asked for, and asks for nothing. */
  dryRun?: boolean;
  onWait: (line: string) => void;
  onStep: (step: ReleaseStep) => void;
}

/** Commits that are fetched at first, then so many, then all. */
const DEPTHS = [50, 500, undefined] as const;

/** Versions of the history that a message names. */
const NAMED = 10;

const isCommit = (text: string): boolean => /^[0-9a-f]{7,64}$/.test(text);

/**
 * Asks for the images that stood in a stage's files before: as a commit of the branch has them, or the newest one in which
 * every image of the release is of a version. Each must still be there, and be accepted again by its evidence. Values of the
 * environment, which may have changed since, stay as they are.
 *
 * @throws DualRegistryError NOT_FOUND for what the history does not have, GATE_REFUSED for an image that may not be deployed
 */
export async function rollbackRelease(input: RollbackRelease): Promise<ReleaseResult> {
  const { config, release, stage, env, outputs, onStep, onWait, to, dryRun } = input;
  const target = filesAt(config, release, stage);
  const forge = openForge(target.at, env, onWait);
  onStep("clone");
  return withClones([target.at, target.at], env, async ([clone]) => {
    const images = releaseOf(config, release).images;
    const commit = await commitOf(clone, target.files, { ...input, images });
    onStep("find");
    const rows: ReleaseRow[] = [];
    const files = new Map<string, string>();
    const wanted: unknown[] = [];
    for (const path of target.files) {
      const [now, earlier] = [await clone.read(path), await clone.read(path, commit)];
      if (now === undefined || earlier === undefined) {
        const where = now === undefined ? clone.repository.branch : commit;
        throw new DualRegistryError("NOT_FOUND", `${clone.repository.address} has no file ${quoted(path)} at ${where}`);
      }
      const pairs = pairsOf(path, now, earlier, { outputs, images });
      const judged = await Promise.all(pairs.map(({ was }) => judge(was, input)));
      const changes = pairs.map(({ site }, at) => ({ site, to: judged[at]?.to ?? {} }));
      files.set(path, setImages(path, now, changes));
      pairs.forEach(({ site }, at) => {
        const found = judged[at];
        if (found === undefined) return;
        wanted.push([path, site.document, site.path, found.to]);
        rows.push({
          ...{
            image: found.image,
            file: path,
            line: site.line,
            how: "recorded",
            after: found.to,
            before: partsOf(site),
          },
          evidence: found.evidence.what,
          changed: JSON.stringify(partsOf(site)) !== JSON.stringify(found.to),
        });
      });
    }
    const approvers = await approversOf({
      before: clone,
      source: target,
      after: clone,
      target,
      forge,
      sameStage: true,
    });
    const facts = { created: [], differences: [], elsewhere: [], approvers };
    const from = `commit ${commit.slice(0, 12)}`;
    const text = requestText({ kind: "rollback", release, stage, from, rows, ...facts });
    const hash = changeHash([clone.repository.address, clone.repository.branch, release, stage, wanted]);
    const change = { kind: "rollback" as const, release, stage, hash, files, text, lines: linesOf(rows) };
    const delivery = dryRun === true ? undefined : await deliver(change, { clone, forge }, onStep);
    const { repository } = target;
    const base = clone.repository.branch;
    const result = { release, stage, from, repository, base, rows, ...facts, branch: branchOf(change) };
    if (rows.length === 0)
      throw new DualRegistryError("NOT_FOUND", `${to}: no image of ${release} stood in its files then`);
    return { ...result, ...defined({ delivery }) };
  });
}

interface Searched {
  release: string;
  to: string;
  stage: Stage;
  outputs: StageOutputs;
  images: readonly string[] | undefined;
}

/** The commit that is gone back to. */
async function commitOf(clone: GitOpsClone, paths: readonly string[], searched: Searched): Promise<string> {
  const { to, outputs, release, stage } = searched;
  const wanted = parseVersion(to, outputs);
  const versions = new Set<string>();
  const looked = new Set<string>();
  for (const depth of DEPTHS) {
    await clone.deepen(depth);
    if (wanted === undefined && isCommit(to)) {
      const found = await clone.findInHistory(to);
      if (found !== undefined) return found;
    } else {
      for (const commit of await clone.commitsOf(paths)) {
        if (looked.has(commit)) continue;
        looked.add(commit);
        const tags = await tagsAt(clone, commit, paths, searched);
        if (tags.length > 0 && tags.every((tag) => tag === to)) return commit;
        for (const tag of tags) versions.add(tag);
      }
    }
    if (await clone.isWhole()) break;
  }
  const { branch, address } = clone.repository;
  const known = [...versions].slice(0, NAMED).join(", ") || "none that is a version of the product";
  const which =
    isCommit(to) && wanted === undefined
      ? `${address}: ${branch} has no commit ${to}`
      : `No commit of ${address} deploys ${release} in ${stage} as ${quoted(to)} alone`;
  throw new DualRegistryError(
    "NOT_FOUND",
    `${which}; its files had ${known}; give one of these, or a commit of ${branch}`,
  );
}

/** The tags that the images of the release had in a commit. */
async function tagsAt(
  clone: GitOpsClone,
  commit: string,
  paths: readonly string[],
  { outputs, images }: Searched,
): Promise<string[]> {
  const tags: string[] = [];
  for (const path of paths) {
    const text = await clone.read(path, commit);
    if (text === undefined) return [];
    for (const site of readable(path, text)) {
      const at = mappedOf(site, outputs);
      if (at === undefined || images?.includes(at.image.repository) === false) continue;
      tags.push(site.tag ?? "");
    }
  }
  return tags;
}

/** An old file that is read no more names nothing. */
function readable(path: string, text: string): ImageSite[] {
  try {
    return findImages(path, text).images;
  } catch (error) {
    if (error instanceof DualRegistryError) return [];
    throw error;
  }
}

interface Judged {
  image: string;
  to: ImageParts & { digest: Digest };
  evidence: Extract<Evidence, { accepted: true }>;
}

/** An image as it was, which must still be there and be accepted. */
async function judge(was: ImageSite, { outputs, registries, context }: RollbackRelease): Promise<Judged> {
  const at = stageImageOf(outputs, was);
  const refuse = (why: string) => new DualRegistryError("GATE_REFUSED", `${siteText(was)}: ${why}`);
  if (at === undefined) {
    const digest = was.digest;
    const evidence = digest && exceptionFor(digest, outputs.stage, context);
    const name = `${was.host ?? "docker.io"}/${was.repository}`;
    if (digest !== undefined && evidence?.accepted === true) {
      return { image: name, to: { ...partsOf(was), digest }, evidence };
    }
    throw refuse(`${quoted(name)} is at no registry of ${outputs.stage}, and no exception names its digest`);
  }
  const here = { ...outputs, registries: { ...outputs.registries, [at.image.class]: at.registry } };
  const destination = destinationOf(here, at.image, registries);
  const source = cachedSource(destination.target);
  if (was.digest === undefined && destination.tagRules.regime === "mutable") {
    const name = quoted(was.tag ?? "no tag");
    throw refuse(
      `it was named by ${name}, which may move, so nobody can tell what ran; take a commit that names digests`,
    );
  }
  const reference = was.digest ?? was.tag ?? "";
  const found = reference === "" ? undefined : await source.resolve(reference);
  if (found === undefined) throw refuse(`${destination.target.name} has no ${reference || "version"} any more`);
  const evidence = await acceptedEvidence(source, found.digest, destination, context);
  if (!evidence.accepted) throw refuse(evidence.why);
  return { image: at.image.repository, to: { ...partsOf(was), digest: found.digest }, evidence };
}
