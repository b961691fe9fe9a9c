import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { quoted } from "../base/text/quote";
import type { ImageClass } from "../domain/image/imageClass";
import type { PublishGate } from "../domain/image/publication";
import type { Stage } from "../domain/stage";
import { type ImageSource, cachedSource } from "../oci";
import type { FoundSigner } from "../signing";
import { findRecords, type FoundRecord, type RecordTrust } from "./records";
import type { BreakGlass, PublishRecord, ScanReport } from "./recordSchemas";

/** All records of an image that are believed, wherever it was. */
export interface History {
  published: readonly FoundRecord<"publish">[];
  released: readonly FoundRecord<"release">[];
}

/** How an image came to a place, by one record. */
export interface Arrival {
  how: "published" | "promoted";
  /** ISO 8601. */
  at: string;
  tags: readonly string[];
  /** What decided. */
  scans: readonly ScanReport[];
  signer?: FoundSigner;
  /** Stages it may go to from there; absent where the record does not say. */
  targets?: readonly Stage[];
  /** Who signed off what was built, for a publication that somebody signed off. */
  signOffs?: NonNullable<PublishRecord["signOffs"]>;
  /** Present for a publication past the stages before. */
  breakGlass?: BreakGlass;
  /** In words. */
  what: string;
}

/** A place in the flow: a repository of a stage's registry, `host/path`. */
export interface Place {
  stage: Stage;
  class: ImageClass;
  repository: string;
}

/** Reads what is recorded of an image. */
export async function historyOf(source: ImageSource, digest: Digest, trust: RecordTrust): Promise<History> {
  // Both kinds stand on one list.
  const known = cachedSource(source);
  const [published, released] = await Promise.all([
    findRecords(known, digest, "publish", trust),
    findRecords(known, digest, "release", trust),
  ]);
  return { published, released };
}

/**
 * What says that the image came to this place: records are copied along with it, so one that names another place says
 * where it was, and not that it went through the gates here. Signed ones first.
 */
export function arrivalsAt(history: History, { stage, class: imageClass, repository }: Place): readonly Arrival[] {
  const published = history.published
    .filter(({ record }) => record.stage === stage && record.class === imageClass && record.repository === repository)
    .map(({ record, signer }): Arrival => ({
      ...{ how: "published", at: record.publishedAt, tags: record.tags, targets: record.targets, scans: record.scans },
      ...defined({ signer, signOffs: record.signOffs, breakGlass: record.breakGlass }),
      what: `${record.breakGlass ? `${breakGlassText(record.breakGlass)}; ` : ""}published at ${record.publishedAt}, built from ${record.build.source} at ${record.build.commit}`,
    }));
  const released = history.released
    .filter(({ record }) => record.edge.to === stage && record.class === imageClass && record.target === repository)
    .map(({ record, signer }): Arrival => ({
      ...{ how: "promoted", at: record.releasedAt, tags: record.tags, scans: record.scans },
      ...(signer && { signer }),
      what: `promoted from ${record.edge.from} at ${record.releasedAt}${approvedText(record.signOffs?.approvals)}`,
    }));
  const all = [...released, ...published];
  return [...all.filter(({ signer }) => signer), ...all.filter(({ signer }) => !signer)];
}

/**
 * Other places that the records of a stage and class name, in words: a registry under another host's name is another
 * place, although it may be the same registry. Empty where they name none.
 */
export function namedElsewhere(history: History, { stage, class: imageClass, repository }: Place): string {
  const published = history.published.filter(({ record }) => record.stage === stage && record.class === imageClass);
  const released = history.released.filter(({ record }) => record.edge.to === stage && record.class === imageClass);
  const names = new Set([
    ...published.map(({ record }) => record.repository),
    ...released.map(({ record }) => record.target),
  ]);
  names.delete(repository);
  if (names.size === 0) return "";
  const shown = [...names].slice(0, MOST_NAMES).map((name) => quoted(name));
  return `its records are of ${shown.join(", ")}, and count under that name alone: not under ${quoted(repository)}`;
}

/** Places that a message names. */
const MOST_NAMES = 3;

/** Who approved, for people: `"jane" (qa) and "john" (uat)`. */
const approversText = (approvals: readonly { role: string; by: string }[]): string =>
  approvals.map(({ role, by }) => `${quoted(by)} (${role})`).join(" and ");

const approvedText = (approvals: Parameters<typeof approversText>[0] = []): string =>
  approvals.length === 0 ? "" : `, approved by ${approversText(approvals)}`;

/** A publication past the stages before, for people. */
export const breakGlassText = ({ reason, signOffs }: BreakGlass): string =>
  `BREAK-GLASS past the stages before ${signOffs.to}, approved by ${approversText(signOffs.approvals)}: ${quoted(reason)}`;

/**
 * Those of the arrivals that a stage takes: where images are promoted, a publication is one only by a break-glass that
 * stands in its record.
 */
export const takenAt = (arrivals: readonly Arrival[], gate: PublishGate): readonly Arrival[] =>
  arrivals.filter(({ how, breakGlass }) => gate !== "promotions" || how === "promoted" || breakGlass !== undefined);

/** Every scan that a record speaks of. */
export const scansOf = ({ published, released }: History): readonly ScanReport[] =>
  [...published, ...released].flatMap(({ record }) => record.scans);
