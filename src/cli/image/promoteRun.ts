import { quoted, readBounded } from "../../boundedFile";
import { edgeProblems, versionProblems } from "../../domain/edges";
import { promotionTag } from "../../domain/promotionTags";
import { formsOf } from "../../domain/publishTags";
import type { Stage } from "../../domain/stage";
import { tagAllowed, type TagRules } from "../../domain/tagRules";
import { DualRegistryError, type ExitCode } from "../../errors";
import { allSettled, limiter } from "../../oci/copy/limit";
import { isDigest } from "../../oci/digest";
import type { StageOutputs } from "../../outputs/stageOutputs";
import { readOutputs } from "../../outputs/readOutputs";
import { destinationOf } from "../../release/destination";
import { MAX_REPORT, readScanReport } from "../../release/gates/scanReport";
import { promotion } from "../../release/promote";
import type { PromoteRequest } from "../../release/promoteState";
import type { ReleaseTools } from "../../release/publishState";
import type { Registries } from "../../release/registries";
import { notifyFailure } from "../notify";
import { followPhases } from "../runPhases";
import type { Surroundings } from "../previewRun";
import { lockingLater, stillToLock } from "./lockLater";
import { readImageName, type NamedImage } from "./names";
import type { LockWhen, ResultFormat, SignerOptions, TrustOptions } from "./options";
import { promoteResult, promoteText, type PromoteResult } from "./promoteResult";
import { signOffReader } from "./signOffReader";
import { releaseTools, withRegistries } from "./tools";

/** What the user asked for. */
export interface PromoteOptions extends SignerOptions, TrustOptions, LockWhen {
  outputs: string;
  version?: string;
  signOffs?: string[];
  scan?: string[];
  tag?: string[];
  format: ResultFormat;
}

/** Images on their way at a time; their blobs share one limit of their own. */
const PARALLEL = 4;

/**
 * Promotes images along one edge, each a transaction of its own.
 *
 * @returns 0, or 1 where an image did not get through; the others did
 */
export async function runPromote(
  names: readonly string[],
  options: PromoteOptions,
  around: Surroundings,
): Promise<ExitCode> {
  const outputs = readOutputs(options.outputs);
  const images = names.map((name) => readImageName(name, outputs));
  const tools = await releaseTools(options, around);
  return withRegistries(around, async (registries) => {
    const requests = images.map((named) => requestOf(named, outputs, options, { registries, tools, around }));
    const run = limiter(PARALLEL);
    const results = await allSettled(
      requests.map((request) => run(() => promoteOne(request, options, around, requests.length > 1))),
    );
    const shown = options.format === "json" ? `${JSON.stringify(results, null, 2)}\n` : promoteText(results);
    around.stdout.write(shown);
    const failed = results.flatMap(({ failure }) => (failure === undefined ? [] : [failure.exitCode]));
    return failed.includes(2) ? 2 : failed.length > 0 ? 1 : 0;
  });
}

async function promoteOne(
  request: PromoteRequest,
  { outputs }: PromoteOptions,
  around: Surroundings,
  several: boolean,
): Promise<PromoteResult> {
  const { phases, state } = promotion(request);
  const lead = several ? `${request.repository}:${request.reference} ` : "";
  try {
    const done = promoteResult(state, await followPhases(phases, state, around, lead));
    return { ...done, ...stillToLock(state.destination, request.repository, done, outputs) };
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    const failed = { command: "promote", stage: request.destination.stage, image: request.repository } as const;
    await notifyFailure(failed, error, around);
    return promoteResult(state, [], error);
  }
}

function requestOf(
  { image, reference }: NamedImage,
  outputs: StageOutputs,
  options: PromoteOptions,
  { registries, tools, around }: { registries: Registries; tools: ReleaseTools; around: Surroundings },
): PromoteRequest {
  const before = outputs.stageBefore;
  if (before === undefined) {
    throw new DualRegistryError(
      "USAGE",
      `The outputs of ${outputs.stage} name no stage before; set dual-registry:before in Pulumi.${outputs.stage}.yaml`,
    );
  }
  const edge = { from: before.stage, to: outputs.stage };
  const [wrong] = edgeProblems(edge.from, edge.to);
  if (wrong !== undefined) throw new DualRegistryError("GATE_REFUSED", wrong);
  const from = before.registries[image.class];
  const destination = lockingLater(destinationOf(outputs, image, registries), options.lock);
  const version = options.version ?? reference;
  const source = registries.repository(from, image.repository);
  const sameRegistry = from.loginServer === outputs.registries[image.class].loginServer;
  const { verifier } = tools;
  return {
    ...{ from: edge.from, source: source.target, reference, repository: image.repository, version, destination, tools },
    binding: image.binding,
    tags: tagsOf({ reference, version, edge, rules: destination.tagRules, asked: options.tag ?? [] }),
    roles: outputs.gates.environments.flatMap(({ purpose, role }) => (purpose === "sign-off" && role ? [role] : [])),
    ...(options.signOffs && { readSignOffs: signOffReader(options.signOffs, { outputs, version, verifier, around }) }),
    scans: (options.scan ?? []).map((file) => readScanReport(readBounded(file, MAX_REPORT), file)),
    ...(sameRegistry ? { mountFrom: source.path } : {}),
  };
}

/** What the tags of one image are made from. */
interface TagFacts {
  reference: string;
  version: string;
  edge: { from: Stage; to: Stage };
  rules: TagRules;
  /** Tags named by the user, in the place of the one that the version gives. */
  asked: readonly string[];
}

/**
 * The tags that an image gets: the one that its version gives in the target or, where that is asked for and the target
 * takes it, the version as it is. What was signed off is that version, and no other.
 */
function tagsOf({ reference, version, edge, rules, asked }: TagFacts): readonly string[] {
  const named = promotionTag(version, edge, rules);
  const allowed = [...("tag" in named ? [named.tag] : []), ...(tagAllowed(rules, version) ? [version] : [])];
  const problems = [
    ...("problem" in named && allowed.length === 0 ? [named.problem] : []),
    ...("problem" in named || isDigest(reference) ? [] : versionProblems({ source: reference, wanted: version })),
    ...asked
      .filter((tag) => !allowed.includes(tag))
      .map(
        (tag) =>
          `tag ${quoted(tag)} is not what ${quoted(version)} is called in ${edge.to}; allowed: ${tagText(allowed, rules)}`,
      ),
  ];
  const tags = asked.length > 0 ? [...new Set(asked)] : allowed.slice(0, 1);
  if (problems.length > 0) throw new DualRegistryError("GATE_REFUSED", problems.join("\n"));
  return tags;
}

const tagText = (allowed: readonly string[], rules: TagRules): string =>
  allowed.length > 0 ? [...new Set(allowed)].join(", ") : `a version of the form ${formsOf(rules)}`;
