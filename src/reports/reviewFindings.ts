import { readStageList } from "../config";
import { type ImageClass, type MappedImage, patternMatches } from "../domain/image/imageClass";
import { stageListChanges } from "../domain/stageChanges";
import { outputsSchema } from "../outputs";
import type { FoundChange } from "../preview/change/changes";
import type { ReviewSide } from "../preview/base/base";
import type { Recording } from "../preview/recording";
import { readProjectFile, SHARED_FILE } from "../project";
import { transitionFindings } from "./transitionFindings";

/**
 * What somebody must look at of what the outputs and the list of stages mean: an image that moved to the other class,
 * stages that were removed, renamed, inserted or put into another order, and what a setting's change takes in Azure.
 *
 * @param today what a budget's start is compared with
 */
export function findReviewChanges(base: ReviewSide, head: ReviewSide, today: Date): readonly FoundChange[] {
  const transitions = [...head.recordings].flatMap(([stack, recording]) =>
    transitionFindings(base.recordings.get(stack), recording, today),
  );
  return [...stagesFound(base, head), ...movedImages(base, head), ...transitions];
}

/** A stage that is listed and has no file was not deployed from here, so it counts on neither side. */
function stagesFound(base: ReviewSide, head: ReviewSide): readonly FoundChange[] {
  const [[before, ...older], [after, ...newer]] = [base, head].map(
    ({ projectDir }) => readStageList(readProjectFile(projectDir)).withFile,
  ) as [readonly string[], readonly string[]];
  if (before === undefined || after === undefined) return [];
  return stageListChanges([before, ...older], [after, ...newer]).map(({ kind, stages, to, follows }) => {
    const became = to === undefined ? kind : `${kind} to ${to}`;
    const reason = `${became}: ${follows}; --allow-replace accepts that`;
    return { stack: SHARED_FILE, type: "stage", name: stages.join(", "), kind, reason, certain: false };
  });
}

interface Move {
  image: string;
  from: ImageClass;
  to: ImageClass;
  stacks: string[];
  tokens: Set<string>;
}

/** Images whose class changed, each once for all stages where it did. */
function movedImages(base: ReviewSide, head: ReviewSide): readonly FoundChange[] {
  const moves = new Map<string, Move>();
  for (const [stack, recording] of head.recordings) {
    const former = new Map(imagesOf(base.recordings.get(stack)).map((image) => [image.repository, image.class]));
    for (const { repository: image, class: to } of imagesOf(recording)) {
      const from = former.get(image);
      if (from === undefined || from === to) continue;
      const key = `${image} ${to}`;
      const move = moves.get(key) ?? { image, from, to, stacks: [], tokens: new Set() };
      move.stacks.push(stack);
      for (const token of tokensReading(recording, image, to)) move.tokens.add(token);
      moves.set(key, move);
    }
  }
  return [...moves.values()].map(({ image, from, to, stacks, tokens }) => {
    const readers =
      tokens.size === 0 ? "no token of this project reads it there" : `by the tokens ${[...tokens].join(", ")} of it`;
    const reason = [
      `moved from ${from} to ${to}: it is pulled from the ${to} registry, ${readers}`,
      `what was pushed stays in the ${from} registry, whose tokens no longer read it`,
      "publish it anew, by the gates of its new class, before who pulls it is changed over",
    ].join("; ");
    return { stack: stacks.join(", "), type: "image", name: image, kind: "moved", reason, certain: true };
  });
}

function imagesOf(recording: Recording | undefined): readonly MappedImage[] {
  const images = outputsSchema.shape.images.safeParse(recording?.outputs["images"]);
  return images.success ? images.data : [];
}

function tokensReading({ outputs }: Recording, image: string, registry: ImageClass): readonly string[] {
  const tokens = outputsSchema.shape.tokens.safeParse(outputs["tokens"]);
  const reads = (action: string): boolean => {
    const pattern = /^repositories\/(.+)\/content\/read$/.exec(action)?.[1];
    return pattern !== undefined && patternMatches(pattern, image);
  };
  const all = tokens.success ? tokens.data : [];
  return all.filter((token) => token.registry === registry && token.actions.some(reads)).map(({ name }) => name);
}
