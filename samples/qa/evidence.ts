import type { ImageClass } from "../../src/domain/image/imageClass";

/** What a run of QA looks at; what is not given is not looked at. */
export interface QaEvidence {
  /** File of the stage's outputs. */
  outputs: string;
  /** File that `dualreg pulls log` wrote. */
  pullLog?: string;
  /** File of what the registries recorded. */
  registryLog?: string;
  /** Ask the stage's Log Analytics workspace, too, what its registries recorded. */
  workspace?: true;
  /** Ask no registry which of them hold a digest: an identity alone proves a pull then. */
  offline?: true;
  console?: QaConsole;
  /** Labels that the image of a class was built with, where that is known. Default: those that the console's API names. */
  builtLabels?: Readonly<Record<ImageClass, Readonly<Record<string, string>>>>;
  /** A secure image that a runtime pulled from the standard registry. Default: a line made up of the stage's own map. */
  wrongPull?: PulledLines;
}

/** A console that shows the stage's images. */
export interface QaConsole {
  /** https, or http on loopback; without a path. */
  url: string;
  /** A bearer token; absent where the console lets everyone read. */
  token?: string;
}

/** What a runtime wrote of its pulls. */
export interface PulledLines {
  source: "containerd" | "crio" | "docker";
  text: string;
}

/** Each thing that QA validates, in the order of the report. */
export const QA_CHECKS = {
  "pull-source": "Images of both classes were pulled from the registry of their class",
  "log-line": "The application's log has a whole line for each pull",
  "registry-log": "The registries recorded each pull that the application logged, and no other",
  "labels-page": "The console shows the labels of an image of both registries, with class and host",
  "wrong-registry": "A secure image that is pulled from the standard registry is found",
  regression: "A pull from the secure registry that the log does not call secure is found",
} as const;
export type QaCheckName = keyof typeof QA_CHECKS;

/** How a check ended. */
export interface QaFinding {
  state: "ok" | "failed" | "not looked at";
  /** What was seen, a sentence each; why, where it failed. */
  evidence: readonly string[];
}

/** A check in the report. */
export interface QaCheck extends QaFinding {
  check: QaCheckName;
  title: string;
}

/** `failed` where anything is wrong, with that first; else `ok` with what was seen. */
export const finding = (wrong: readonly string[], seen: readonly string[]): QaFinding =>
  wrong.length > 0 ? { state: "failed", evidence: [...wrong, ...seen] } : { state: "ok", evidence: seen };

/** @param without what would have to be given */
export const notLookedAt = (without: string): QaFinding => ({
  state: "not looked at",
  evidence: [`${without} was not given`],
});
