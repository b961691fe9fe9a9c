import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { reasonProblem } from "../../domain/flow/breakGlass";
import { judgeApprovals } from "../../domain/flow/judgeApprovals";
import { approvalFactsOf, buildApprovalFactsOf, type BuildSignOffReader } from "../../domain/flow/signOffs";
import { promotionTag } from "../../domain/image/promotionEdge";
import type { PublishGate } from "../../domain/image/publication";
import { entryStage, stageBefore } from "../../domain/stage";
import type { ImageTree } from "../../oci";
import type { PhaseReport } from "../phases";
import type { BreakGlass, PublishRecord } from "../recordSchemas";
import type { Destination, PublishRequest } from "../types";

/** Who let a publication through, as its record keeps it; or what stands against it. */
export interface PublishApproval extends Pick<PublishRecord, "signOffs" | "breakGlass"> {
  problems: readonly string[];
}

const refused = (line: string): PublishApproval => ({ problems: [line] });

/** What is done about an image that stands where its stage takes promotions alone. */
const promoteInstead = ({ stage, stages }: Destination): string => {
  const before = stageBefore(stage, stages) ?? stage;
  const entry = entryStage(stages);
  return `publish it to ${entry}, and promote it from ${before}: dualreg image promote`;
};

/**
 * Asks who let a publication through: nobody need in the first stage, the stage's sign-offs of the build in the entry
 * stage and for what is rebuilt for each; elsewhere an image arrives by promotion, or past the stages before with a
 * reason and the stage's sign-offs of this very digest.
 *
 * @throws DualRegistryError what a file of sign-offs cannot be read for
 */
export async function judgePublication(
  request: PublishRequest,
  tree: ImageTree,
  note: PhaseReport["note"],
): Promise<PublishApproval> {
  const { destination, breakGlass } = request;
  const { gate, stage } = destination;
  if (breakGlass !== undefined) {
    return gate === "promotions" ? judgeBreakGlass(request, tree, note) : refused(needless(gate, stage));
  }
  if (gate === "promotions") {
    const how = promoteInstead(destination);
    return refused(`Publication: a portable image comes to ${stage} by promotion alone; ${how}`);
  }
  if (gate === "open") return { problems: [] };
  const { build, tags, readSignOffs, tools } = request;
  return judgeBuild({ destination, commit: build.commit, tags, now: tools.now(), ...defined({ readSignOffs }) }, note);
}

const needless = (gate: PublishGate, stage: string): string =>
  `Publication: --break-glass is for stages that take promotions alone; publish to ${stage} without it` +
  (gate === "open" ? "" : ", with its sign-offs");

/** Refusals of a reader are problems among others; whatever else fails is thrown. */
async function reading<T extends PublishApproval>(read: () => Promise<T>): Promise<T | PublishApproval> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
    return refused(`Sign-offs: ${error.message}`);
  }
}

/** What was built and is to get these tags in a stage. */
interface BuiltImage {
  destination: Destination;
  commit: string;
  tags: readonly string[];
  readSignOffs?: BuildSignOffReader;
  now: Date;
}

/** The stage's sign-offs of the commit that the image was built from, under the one tag that was approved. */
export async function judgeBuild(
  { destination, commit, tags, readSignOffs, now }: BuiltImage,
  note: PhaseReport["note"],
): Promise<PublishApproval> {
  const { roles, stage, stages } = destination;
  if (roles.length === 0) return { problems: [] };
  if (readSignOffs === undefined) {
    const how = "give the signed list with --sign-offs: dualreg release sign-offs <tag> --out <folder> writes it";
    return refused(`Sign-offs: ${stage} asks for ${roles.join(", ")}; ${how}`);
  }
  return reading(async () => {
    const signOffs = await readSignOffs({ commit, to: stage });
    const from = stageBefore(stage, stages);
    const release = { roles, to: stage, commit, now, ...defined({ from }) };
    const { reasons, notes } = judgeApprovals(buildApprovalFactsOf(signOffs, release));
    notes.forEach(note);
    const others = tags.filter((tag) => tag !== signOffs.tag);
    const problems = reasons.map(({ why }) => `Sign-offs: ${why}`);
    if (others.length > 0) problems.push(`Sign-offs: they are of ${signOffs.tag}, and not of ${others.join(", ")}`);
    return { problems, signOffs };
  });
}

function judgeBreakGlass(
  request: PublishRequest,
  tree: ImageTree,
  note: PhaseReport["note"],
): Promise<PublishApproval> | PublishApproval {
  const { destination, breakGlass, tags } = request;
  const { roles, stage, stages, versionPrefix, tagRules, repository } = destination;
  const from = stageBefore(stage, stages);
  if (breakGlass === undefined || from === undefined) return { problems: [] };
  const { reason, readSignOffs } = breakGlass;
  const wrong = reasonProblem(reason);
  if (wrong !== undefined) return refused(`Break-glass: ${wrong}`);
  if (roles.length === 0) {
    return refused(`Break-glass: nobody signs off for ${stage}, so nobody could approve it; promote it instead`);
  }
  return reading(async () => {
    const signOffs = await readSignOffs({ repository, digest: tree.root.digest, to: stage });
    const named = promotionTag(signOffs.version, { from, to: stage, stages, versionPrefix }, tagRules);
    const others = "tag" in named ? tags.filter((tag) => tag !== named.tag) : tags;
    const problems = breakGlassProblems({ reason, signOffs }, destination, { from, now: request.tools.now(), note });
    if (others.length > 0) {
      const name = "tag" in named ? named.tag : "nothing";
      problems.push(`Sign-offs: what they approve is called ${name} in ${stage}, and not ${others.join(", ")}`);
    }
    if (signOffs.commit !== request.build.commit) {
      problems.push(`Sign-offs: they are of commit ${signOffs.commit}; wanted: ${request.build.commit}`);
    }
    note(`BREAK-GLASS: published past the stages before ${stage}, and recorded as that`);
    return { problems, breakGlass: { reason, signOffs } };
  });
}

const ASK_FOR_IT = "ask for it with this reason: dualreg release request --break-glass <reason>";

/** What stands against sign-offs by which an image came past the stages before, whenever they are looked at. */
export function breakGlassProblems(
  { reason, signOffs }: BreakGlass,
  { roles, stage }: Pick<Destination, "roles" | "stage">,
  { from, now, note }: { from: string; now: Date; note?: PhaseReport["note"] },
): string[] {
  const { repository, digest, version, breakGlass } = signOffs;
  const release = { roles, repository, digest, from, to: stage, version, now };
  const { reasons, notes } = judgeApprovals(approvalFactsOf(signOffs, release));
  if (note) notes.forEach(note);
  const problems = reasons.map(({ why }) => `Sign-offs: ${why}`);
  // Who approved that a release goes on as usual did not approve that it skips a stage.
  if (breakGlass === undefined) return [...problems, `Sign-offs: they are not of a break-glass; ${ASK_FOR_IT}`];
  if (breakGlass === reason) return problems;
  return [...problems, `Sign-offs: they are for another reason, ${quoted(breakGlass)}; ${ASK_FOR_IT}`];
}
