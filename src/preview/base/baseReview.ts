import { DualRegistryError } from "../../errors";
import { prepareBase } from "./base";
import { unusable } from "./baseGit";
import { diffRecordings } from "../change/diff";
import { loadProviderFacts } from "../change/providerFacts";
import { recordStages, type StageFailure, type StageProgress } from "../record/recordStages";
import type { Recording } from "../recording";
import type { Recordings, Review } from "../render/render";
import { judge } from "../change/verdict";

/** What to compare with what. */
export interface ReviewRequest {
  projectDir: string;
  /** The base as the user named it. */
  ref: string;
  head: Recordings;
  /** Only these stages; default: every stage either side has. */
  stages?: readonly string[];
  /** Without a usable base everything is a create; default: that is an error. */
  orEmpty: boolean;
  allowReplace: boolean;
  /** Told why the base is taken for empty. */
  onWarning: (message: string) => void;
  onProgress?: StageProgress;
}

/**
 * Records the base and says what changes from it to the head.
 *
 * @throws DualRegistryError BASE_UNUSABLE unless `orEmpty`; USAGE for a ref that is none
 */
export async function reviewAgainst(request: ReviewRequest): Promise<Review> {
  const { head, allowReplace, ref } = request;
  const base = await recordBase(request);
  const facts = loadProviderFacts();
  const stacks = [...new Set([...head.keys(), ...base.keys()])].sort();
  const stages = stacks.map((stack) => diffRecordings(base.get(stack), head.get(stack), facts));
  return { base: ref, stages, verdict: judge(stages, allowReplace) };
}

async function recordBase(request: ReviewRequest): Promise<Recordings> {
  try {
    const { projectDir, stages: all } = await prepareBase(request.projectDir, request.ref);
    const stages = all.filter((stage) => request.stages?.includes(stage) ?? true);
    if (stages.length === 0) return new Map<string, Recording>();
    const { recordings, failures } = await recordBaseStages(request, projectDir, stages);
    if (failures.length > 0) throw unusable(failureText(request.ref, failures));
    return recordings;
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code === "USAGE" || !request.orEmpty) throw error;
    request.onWarning(`${error.message}\nThe base is taken for empty: everything is shown as new.`);
    return new Map<string, Recording>();
  }
}

async function recordBaseStages(request: ReviewRequest, projectDir: string, stages: readonly string[]) {
  const { onProgress } = request;
  try {
    return await recordStages({ projectDir, stages, ...(onProgress === undefined ? {} : { onProgress }) });
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    throw unusable(`The program of --base ${JSON.stringify(request.ref)} cannot run: ${error.message}`, error);
  }
}

function failureText(ref: string, failures: readonly StageFailure[]): string {
  const own = failures.filter(({ consequence }) => !consequence);
  const told = (own.length > 0 ? own : failures).map(({ stack, message }) => `${stack}: ${message}`);
  const remedy = "Name a base whose program runs, or add --base-or-empty to show everything as new.";
  return [`The program of --base ${JSON.stringify(ref)} fails:`, ...new Set(told), remedy].join("\n");
}
