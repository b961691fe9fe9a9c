import type { ExitCode } from "../../errors";
import type { ResourceChange, StageChanges } from "./diffTypes";

/** A change that somebody must look at. */
export interface Finding {
  stack: string;
  urn: string;
  type: string;
  name: string;
  kind: ResourceChange["kind"];
  /** What would happen, and what to do. */
  reason: string;
  /** True when `--allow-replace` was given and covers it: it is said, and does not fail the run. */
  allowed: boolean;
}

/** The findings of all stages, and what the command line exits with. */
export interface Verdict {
  findings: readonly Finding[];
  exitCode: ExitCode;
}

/** Losing one of these loses images, or locks out who pulls them. Any API version of the type counts. */
const GUARDED = /^azure-native:containerregistry(\/[^:]+)?:(Registry|Token)$/;

/**
 * Judges what changes.
 *
 * - What the engine surely refuses (replacing or deleting a protected resource) is a finding nothing lifts.
 * - Replacing or deleting an unprotected registry or token is a finding unless `allowReplace`.
 * - What may be replaced counts like what is: a protected resource, since the update would stop halfway, with other
 *   resources already changed; a registry or token, since its loss cannot be ruled out. `allowReplace` lifts both,
 *   because the engine still guards the protected one and a person has looked at the other.
 * - A delete that only forgets (`retainOnDelete`) loses nothing and is no finding, unless the engine refuses it.
 */
export function judge(stages: readonly StageChanges[], allowReplace: boolean): Verdict {
  const findings = stages.flatMap(({ stack, changes }) =>
    changes.flatMap((change) => {
      const reason = reasonOf(change);
      if (reason === undefined) return [];
      const certain = change.refused !== undefined && change.kind !== "may-replace";
      const { urn, type, name, kind } = change;
      return [{ stack, urn, type, name, kind, reason, allowed: allowReplace && !certain }];
    }),
  );
  return { findings, exitCode: findings.some((finding) => !finding.allowed) ? 1 : 0 };
}

function reasonOf(change: ResourceChange): string | undefined {
  const { kind, refused } = change;
  if (refused !== undefined) return kind === "may-replace" ? `if it is replaced: ${refused}` : refused;
  if (!GUARDED.test(change.type) || change.retained === true) return undefined;
  if (kind === "delete") return "it would be deleted; --allow-replace accepts that";
  if (kind === "replace") return "it would be replaced; --allow-replace accepts that";
  if (kind === "may-replace") return "it may be replaced; --allow-replace accepts that";
  return undefined;
}
