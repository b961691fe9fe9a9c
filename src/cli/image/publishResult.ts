import type { Digest } from "../../oci/digest";
import type { PhaseTime } from "../../release/phases";
import { treeOf, type PublishState } from "../../release/publishState";
import { bytesText, timeText } from "../amounts";

/** A publication that takes longer is worth a look. */
const SLOW = 3 * 60 * 1000;

/** How layers were compressed on the way; absent where none had to be. */
export interface Compression {
  /** Bytes. */
  uncompressed: number;
  compressed: number;
}

/** What a publication did. */
export interface PublishResult {
  image: string;
  digest: Digest;
  tags: readonly string[];
  /** Digests of what was attached. */
  referrers: readonly Digest[];
  blobs: { sent: number; mounted: number; present: number; sentBytes: number };
  /** Null where the tag regime is mutable. */
  locked: boolean | null;
  /** Commands that lock it, where that was left to somebody else. */
  lockWith?: readonly string[];
  compression?: Compression;
  phases: readonly PhaseTime[];
  warnings: readonly string[];
}

export function publishResult(
  state: PublishState,
  phases: readonly PhaseTime[],
  compression: Compression | undefined,
): PublishResult {
  const took = phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const { sent = 0, mounted = 0, present = 0 } = state.copied?.outcomes ?? {};
  return {
    image: state.destination.target.name,
    digest: treeOf(state).root.digest,
    tags: state.tags,
    referrers: state.referrers,
    blobs: { sent, mounted, present, sentBytes: state.copied?.sentBytes ?? 0 },
    locked: state.locked ?? null,
    ...(compression === undefined ? {} : { compression }),
    phases,
    warnings: took > SLOW ? [`The publication took ${timeText(took)}, and a usual one takes less than 3 min`] : [],
  };
}

/** A publication's result for people. */
export function publishText(result: PublishResult): string {
  const { image, digest, tags, referrers, blobs, locked, lockWith = [], compression, phases, warnings } = result;
  const took = phases.map(({ phase, milliseconds }) => `${phase} ${timeText(milliseconds)}`).join(", ");
  const lines = [
    `${image}@${digest}`,
    `tags: ${tags.join(", ")}${locked === true ? ", locked" : ""}`,
    `attached: ${referrers.length}`,
    `blobs: ${blobs.sent} sent (${bytesText(blobs.sentBytes)}), ${blobs.mounted} mounted, ${blobs.present} there already`,
    ...(compression === undefined ? [] : [compressionText(compression)]),
    `times: ${took}`,
    ...lockWith.map((command) => `not locked yet: ${command}`),
    ...warnings.map((warning) => `Warning: ${warning}`),
  ];
  return `${lines.join("\n")}\n`;
}

function compressionText({ uncompressed, compressed }: Compression): string {
  const ratio = compressed > 0 ? (uncompressed / compressed).toFixed(2) : "1.00";
  return `compressed: ${bytesText(uncompressed)} to ${bytesText(compressed)}, ${ratio} to 1`;
}
