import { isStage, type Stage } from "./stage";

/** A version as this project's tags write it, taken apart. */
export interface Version {
  /** `v1.2.3`. */
  core: string;
  /** `-rc1`, `-beta.2` or `-qa`, as written; empty for a release. */
  suffix: string;
  kind: "release" | "candidate" | "beta" | "stage";
  /** The stage of a `-<stage>` suffix. */
  stage?: Stage;
}

const FORM =
  /^(v(?:0|[1-9]\d{0,9})\.(?:0|[1-9]\d{0,9})\.(?:0|[1-9]\d{0,9}))(?:(-rc\.?\d{1,9})|(-beta\.?\d{1,9})|-([a-z]{2,4}))?$/;

/** A tag's version; undefined for a tag that is none, such as `latest` or a commit. */
export function parseVersion(tag: string): Version | undefined {
  const match = FORM.exec(tag);
  if (!match) return undefined;
  const [, core = "", candidate, beta, stage] = match;
  if (candidate !== undefined) return { core, suffix: candidate, kind: "candidate" };
  if (beta !== undefined) return { core, suffix: beta, kind: "beta" };
  if (stage === undefined) return { core, suffix: "", kind: "release" };
  return isStage(stage) ? { core, suffix: `-${stage}`, kind: "stage", stage } : undefined;
}
