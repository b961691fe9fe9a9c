import type { JudgedImage } from "./judge";
import type { CheckRule } from "./rules";

/** What does not hold, and where. */
export interface CheckFinding {
  rule: CheckRule;
  level: "error" | "warning";
  file: string;
  /** From 1. */
  line: number;
  /** Such as `HelmRelease inventory`. */
  object: string;
  image?: string;
  text: string;
}

/** An image and how often it is named. */
export interface CheckedImage extends Omit<JudgedImage, "problems"> {
  state: "ok" | "warning" | "error";
  uses: number;
}

/** What `dualreg gitops check --format json` prints. */
export interface CheckReport {
  check: "dual-registry gitops";
  version: 1;
  product: string;
  stage: string;
  /** ISO 8601 in UTC. */
  checkedAt: string;
  /** In alphabetical order. */
  images: readonly CheckedImage[];
  /** By file and line. */
  findings: readonly CheckFinding[];
  counts: { files: number; releases: number; images: number; errors: number; warnings: number };
}

const key = ({ file, line, rule, object, image = "", text }: CheckFinding): string =>
  [file, String(line).padStart(9, "0"), rule, object, image, text].join("\0");

/** Sorts findings by file and line. */
export const byPlace = (one: CheckFinding, other: CheckFinding): number => (key(one) < key(other) ? -1 : 1);
