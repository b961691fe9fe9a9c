import type { Elsewhere, ImageParts, ObjectName } from "../documents";
import type { CheckFinding } from "./report";
import { CHECK_RULES, type CheckRule } from "./rules";

/** Where something was found. */
export interface UsePlace {
  file: string;
  /** From 1. */
  line: number;
  object: string;
}

/** A place that names an image. */
export interface Use extends UsePlace {
  parts: ImageParts;
}

/** An object, for people. */
export const objectText = ({ kind, name }: Pick<ObjectName, "kind" | "name">): string =>
  [kind, name].filter((part) => part !== undefined && part !== "").join(" ");

/** What a check finds on its way: images that are still to be judged, and findings. */
export class Collected {
  readonly uses: Use[] = [];
  readonly findings: CheckFinding[] = [];

  add(rule: CheckRule, { file, line, object }: UsePlace, text: string, image?: string): void {
    const { level } = CHECK_RULES[rule];
    this.findings.push({ rule, level, file, line, object, ...(image !== undefined && { image }), text });
  }

  addElsewhere({ reason, where, file, line, object }: Elsewhere): void {
    const rule = reason === "unreadable" ? "image-unreadable" : "image-elsewhere";
    // What an OCIRepository loads is said where it is used.
    if (reason === "chart") return;
    this.add(rule, { file, line, object: objectText(object) }, where);
  }

  /** Takes in what another one found, each equal thing of it once. */
  addOnce({ uses, findings }: Collected): void {
    this.uses.push(...differing(uses));
    this.findings.push(...differing(findings));
  }
}

const differing = <Value>(values: readonly Value[]): Value[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
];
