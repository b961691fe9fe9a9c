import { isUnsafe } from "../../base/text/unsafe";
import { quoted } from "../../base/text/quote";
import type { Stage, Stages } from "../stage";

/** Why a release goes past the stages before, as it is put before its approvers; and where its images stand meanwhile. */
export interface BreakGlassRequest {
  /** A sentence on one line, recorded for ever. */
  reason: string;
  /** The stage whose registries hold the images by their digests. */
  source: Stage;
}

/** The fewest and the most that a reason for going past the stages before holds: a sentence. */
const REASON = { characters: 20, words: 4, most: 1_000 } as const;

/** What is wrong with the reason of a break-glass; undefined where nothing is. */
export function reasonProblem(reason: string): string | undefined {
  const text = reason.trim();
  const allowed = `allowed: a sentence of ${REASON.words} words and ${REASON.characters} to ${REASON.most} characters that says why`;
  if (isUnsafe(reason)) return `the reason ${quoted(reason)} is not one plain line; ${allowed}`;
  const words = text.split(/\s+/).length;
  if (text.length >= REASON.characters && text.length <= REASON.most && words >= REASON.words) return undefined;
  return `the reason is too short or too long; ${allowed}`;
}

/** What is wrong with the stage that the images of a break-glass are taken from; undefined where nothing is. */
export function sourceProblem(source: string, to: Stage, stages: Stages): string | undefined {
  const earlier = stages.slice(0, Math.max(0, stages.indexOf(to)));
  if (earlier.some((stage) => stage === source)) return undefined;
  return `the images of a break-glass stand in a stage before ${to}, and not in ${quoted(source)}; allowed: ${earlier.join(", ")}`;
}
