import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import { formatReference } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import type { GitOpsConfig, GitOpsFiles, GitOpsRelease, GitOpsRepository } from "../../domain/gitops";
import { edgeProblems } from "../../domain/image/promotionEdge";
import type { Stage } from "../../domain/stage";
import { type Approvers, judgeApprovers, readOwners } from "../approvers";
import { branchOf, changeHash, deliver, type Delivery, type DeliveryStep } from "../deliver";
import { findImages, type ImageParts } from "../documents";
import { openForge, type ForgeApi, type MergeRules } from "../forge";
import type { Variables } from "../git/access";
import { GitOpsClone } from "../git/clone";
import { type Difference, differencesOf } from "./differences";
import { requestText, type RequestRow } from "./requestText";
import { type TargetFile, writeTarget } from "./targetFile";
import { wantedImages, type WantedImage, type WantedInput } from "./wanted";

/** What a run is about to do, for whoever watches; `find` and `copy` are of images, the others of git. */
export type ReleaseStep = "clone" | "find" | "copy" | DeliveryStep;

/** A promotion of a release by its GitOps repositories. */
export interface PromoteRelease extends Omit<WantedInput, "images"> {
  config: GitOpsConfig;
  release: string;
  from: Stage;
  env: Variables;
  /** Says what would be asked for, and asks for nothing. */
  dryRun?: boolean;
  onWait: (line: string) => void;
  onStep: (step: ReleaseStep) => void;
}

/** One image of a result. */
export interface ReleaseRow extends RequestRow {
  file: string;
  line: number;
  how: WantedImage["how"] | "recorded";
  changed: boolean;
}

/** What became of a release on its way to a stage. */
export interface ReleaseResult {
  release: string;
  stage: Stage;
  from: string;
  repository: string;
  base: string;
  rows: readonly ReleaseRow[];
  created: readonly string[];
  /** Where files differ beside their images. */
  differences: readonly { file: string; differences: readonly Difference[]; more: number }[];
  elsewhere: readonly string[];
  approvers: Approvers;
  /** Absent for a dry run. */
  delivery?: Delivery;
  /** Of the change, whether it was asked for or not. */
  branch: string;
}

/** @throws DualRegistryError CONFIG_INVALID for a release that is not there */
export function releaseOf(config: GitOpsConfig, release: string): GitOpsRelease {
  const found = Object.hasOwn(config.releases, release) ? config.releases[release] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(config.releases).sort().join(", ");
  throw new DualRegistryError(
    "CONFIG_INVALID",
    `No release ${quoted(release)}; allowed: ${known || "none yet: name it in gitops.releases of Pulumi.yaml"}`,
  );
}

/** A stage's files of a release, and their repository. @throws DualRegistryError CONFIG_INVALID */
export function filesAt(config: GitOpsConfig, release: string, stage: Stage): GitOpsFiles & { at: GitOpsRepository } {
  const { stages } = releaseOf(config, release);
  const files = Object.hasOwn(stages, stage) ? stages[stage] : undefined;
  const at = files && config.repositories[files.repository];
  if (files !== undefined && at !== undefined) return { ...files, at };
  throw new DualRegistryError(
    "CONFIG_INVALID",
    `Release ${quoted(release)} has no files at ${stage}; allowed: ${Object.keys(stages).join(", ")}; add them to gitops.releases of Pulumi.yaml`,
  );
}

/**
 * Brings what one stage deploys before the approvers of the next: the images of its files are found in the next stage or
 * brought there through its gates, accepted by their evidence, and written into the next stage's files, as one request.
 * Whatever is refused, nothing of git was changed; doing it again does nothing.
 *
 * @throws DualRegistryError
 */
export async function promoteRelease(input: PromoteRelease): Promise<ReleaseResult> {
  const { config, release, from, outputs, env, onStep, onWait } = input;
  const { stage, stages } = outputs;
  const [wrong] = edgeProblems(from, stage, stages);
  if (wrong !== undefined) throw new DualRegistryError("GATE_REFUSED", wrong);
  const [source, target] = [filesAt(config, release, from), filesAt(config, release, stage)];
  const forge = openForge(target.at, env, onWait);
  onStep("clone");
  return withClones([source.at, target.at], env, async ([before, after]) => {
    const read = await Promise.all(
      source.files.map(async (path, at) => {
        const text = await before.read(path);
        const there = target.files[at] ?? "";
        if (text !== undefined)
          return { source: { path, text }, target: { path: there, text: await after.read(there) } };
        const message = `${source.at.address} has no file ${quoted(path)} on ${source.at.branch}, which ${from} deploys ${release} by`;
        throw new DualRegistryError("NOT_FOUND", message);
      }),
    );
    onStep("find");
    const found = read.map((pair) => findImages(pair.source.path, pair.source.text));
    const sites = found.flatMap(({ images }) => images);
    const { images } = releaseOf(config, release);
    const bring =
      input.bring &&
      ((missing: Parameters<typeof input.bring>[0]) => (onStep("copy"), input.bring?.(missing) ?? Promise.resolve()));
    const wanted = await wantedImages(sites, { ...input, images, bring });
    if (!wanted.some(({ mapped }) => mapped !== undefined)) {
      const files = source.files.join(", ");
      throw new DualRegistryError("NOT_FOUND", `${files} of ${from} names no image of ${release}; name one of the map`);
    }
    const places = { before: { ...outputs.stageBefore, images: outputs.images }, to: outputs };
    const written = read.map((pair) => writeTarget(pair, wanted, places));
    const differences = read.map(({ source: one, target: other }) => ({
      file: other.path,
      ...(other.text === undefined ? { differences: [], more: 0 } : differencesOf(one.text, other.text)),
    }));
    const approvers = await approversOf({ before, source, after, target, forge });
    const elsewhere = found
      .flatMap((each) => each.elsewhere)
      .map(({ file, line, where }) => `${file}, line ${line}: ${where}`);
    return ask(input, { after, forge, written, differences, elsewhere, approvers, repository: target.repository });
  });
}

interface Written {
  after: GitOpsClone;
  forge: ForgeApi | undefined;
  written: readonly TargetFile[];
  differences: ReleaseResult["differences"];
  elsewhere: readonly string[];
  approvers: Approvers;
  repository: string;
}

async function ask(input: PromoteRelease, made: Written): Promise<ReleaseResult> {
  const { release, from, outputs, onStep, dryRun } = input;
  const { after, forge, written, differences, elsewhere, approvers, repository } = made;
  const rows = written.flatMap(({ path, placed, created }) =>
    placed.map(({ site, wanted, to }): ReleaseRow => ({
      image: wanted.mapped?.repository ?? `${to.host ?? "docker.io"}/${to.repository}`,
      ...{ file: path, line: site.line, how: wanted.how, after: to, evidence: wanted.evidence.what },
      ...(created ? {} : { before: partsOf(site) }),
      changed: created || JSON.stringify(partsOf(site)) !== JSON.stringify(partsOf(to)),
    })),
  );
  const created = written.filter((file) => file.created).map(({ path }) => path);
  const text = requestText({
    kind: "promote",
    release,
    stage: outputs.stage,
    from,
    rows,
    created,
    differences,
    elsewhere,
    approvers,
  });
  const hash = changeHash([
    ...[after.repository.address, after.repository.branch, release, outputs.stage],
    written.map(({ path, placed }) => [path, placed.map(({ site, to }) => [site.document, site.path, partsOf(to)])]),
  ]);
  const files = new Map(written.map(({ path, text: whole }) => [path, whole]));
  const lines = linesOf(rows);
  const change = { kind: "promote" as const, release, stage: outputs.stage, hash, files, text, lines };
  const delivery = dryRun === true ? undefined : await deliver(change, { clone: after, forge }, onStep);
  return {
    ...{ release, stage: outputs.stage, from, repository, base: after.repository.branch, rows, created, differences },
    ...{ elsewhere, approvers, branch: branchOf(change) },
    ...defined({ delivery }),
  };
}

/** What a commit says of images, each once. */
export const linesOf = (rows: readonly RequestRow[]): string[] => [
  ...new Set(rows.map(({ after }) => formatReference({ host: "docker.io", ...after }))),
];

/** Parts in one order, so that equal ones have equal texts. */
export const partsOf = ({ host, repository, tag, digest }: ImageParts): ImageParts => ({
  ...defined({ host }),
  repository,
  ...defined({ tag, digest }),
});

/** Who must approve what the files of a stage are to say. */
export async function approversOf(of: {
  before: GitOpsClone;
  source: GitOpsFiles;
  after: GitOpsClone;
  target: GitOpsFiles;
  forge: ForgeApi | undefined;
  /** True where nothing comes from another stage, so that its owners are no matter. */
  sameStage?: true;
}): Promise<Approvers> {
  const { before, source, after, target, forge, sameStage } = of;
  const files = forge?.ownerFiles ?? ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];
  const unread: MergeRules = { unread: "no token for the forge's interface was given" };
  const rules = forge === undefined ? unread : await forge.mergeRules(after.repository.branch);
  const own = await readOwners(after, files, target.files);
  const earlier = sameStage === true ? undefined : await readOwners(before, files, source.files);
  return judgeApprovers(rules, own, earlier, after.repository.branch);
}

/** Runs with clones of both repositories, one where they are the same, and removes them whatever happens. */
export async function withClones<T>(
  [one, other]: readonly [GitOpsRepository, GitOpsRepository],
  env: Variables,
  use: (clones: readonly [GitOpsClone, GitOpsClone]) => Promise<T>,
): Promise<T> {
  const first = await GitOpsClone.open(one, env);
  try {
    const same = one.address === other.address && one.branch === other.branch;
    const second = same ? first : await GitOpsClone.open(other, env);
    try {
      return await use([first, second]);
    } finally {
      if (!same) second.close();
    }
  } finally {
    first.close();
  }
}
