import type { DualRegistryError, ExitCode } from "../../errors";
import type { Digest } from "../../oci/digest";
import type { PhaseTime } from "../../release/phases";
import type { PromoteState } from "../../release/promoteState";
import { bytesText, timeText } from "../amounts";

/** What became of one image. */
export interface PromoteResult {
  from: string;
  to: string;
  digest?: Digest;
  tags: readonly string[];
  blobs: { sent: number; mounted: number; present: number; sentBytes: number };
  referrers: readonly Digest[];
  /** Digest of the release record; absent where it was there already, or the promotion failed before. */
  record?: Digest;
  /** Null where the tag regime is mutable, or the promotion failed before. */
  locked: boolean | null;
  /** Commands that lock it, where that was left to somebody else. */
  lockWith?: readonly string[];
  phases: readonly PhaseTime[];
  /** Why it did not get through; absent where it did. */
  failure?: { code: string; lines: readonly string[]; exitCode: ExitCode };
}

export function promoteResult(
  state: PromoteState,
  phases: readonly PhaseTime[],
  error?: DualRegistryError,
): PromoteResult {
  const { sent = 0, mounted = 0, present = 0 } = state.copied?.outcomes ?? {};
  const digest = state.tree?.root.digest;
  return {
    from: `${state.source.name}${state.reference.includes(":") ? "@" : ":"}${state.reference}`,
    to: state.destination.target.name,
    ...(digest === undefined ? {} : { digest }),
    tags: state.tags,
    blobs: { sent, mounted, present, sentBytes: state.copied?.sentBytes ?? 0 },
    referrers: state.referrers,
    ...(state.record === undefined ? {} : { record: state.record }),
    locked: state.locked ?? null,
    phases,
    ...(error && { failure: { code: error.code, lines: error.message.split("\n"), exitCode: error.exitCode } }),
  };
}

/** The results for people. */
export function promoteText(results: readonly PromoteResult[]): string {
  return results.map((result) => `${linesOf(result).join("\n")}\n`).join("\n");
}

function linesOf(result: PromoteResult): string[] {
  const { from, to, digest, tags, blobs, referrers, locked, lockWith = [], phases, failure } = result;
  if (failure) return [`REFUSED ${from} -> ${to}`, ...failure.lines.map((line) => `  ${line}`)];
  const took = phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [
    `${from} -> ${to}:${tags.join(", ")}`,
    `  ${digest ?? ""}${locked === true ? ", locked" : ""}`,
    `  ${blobs.sent} blobs sent (${bytesText(blobs.sentBytes)}), ${blobs.mounted} mounted, ` +
      `${referrers.length} referrers, ${timeText(took)}`,
    ...lockWith.map((command) => `  not locked yet: ${command}`),
  ];
}
