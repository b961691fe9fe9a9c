import type { AccessAction, AccessRow } from "./access";
import { IMAGE_CLASSES, type ImageClass, type MappedImage } from "./imageClass";
import { patternMatches } from "./scopes";
import type { Stage } from "./stage";

/** One thing that is tried out, and what must come of it. */
export interface SmokeCheck {
  stage: Stage;
  registry: ImageClass;
  /** Path as the map of images has it. */
  repository: string;
  action: AccessAction;
  expected: "allowed" | "denied";
}

/** Whose rights are tried out, and where. */
export interface SmokeFacts {
  who: string;
  access: readonly AccessRow[];
  images: readonly MappedImage[];
  /** The stages whose registries can be reached from here: the stage, and the one before. */
  stages: readonly Stage[];
}

/** The repository that is pushed to where all of a registry is allowed; nobody's product has it. */
export const SMOKE_REPOSITORY = "dualreg-smoke";
/** Actions in the order in which they are tried. A lock needs one of Azure's registries. */
const ORDER = ["pull", "push", "delete", "lock", "list"] as const satisfies readonly AccessAction[];

const ALL = "*";

/** A repository that a pattern of the matrix allows. */
function repositoryIn(pattern: string): string {
  if (pattern === ALL) return SMOKE_REPOSITORY;
  return pattern.endsWith("/*") ? `${pattern.slice(0, -1)}${SMOKE_REPOSITORY}` : pattern;
}

/** A repository that none of the patterns allows; undefined where they allow all. */
function repositoryBeyond(patterns: readonly string[], images: readonly MappedImage[]): string | undefined {
  if (patterns.includes(ALL)) return undefined;
  const all = [...images.map(({ repository }) => repository), SMOKE_REPOSITORY];
  return all.find((repository) => !patterns.some((pattern) => patternMatches(pattern, repository)));
}

/**
 * What is tried out for an identity or a token: at every registry that can be reached, all actions, those that the
 * matrix allows and those that it does not; and a repository beyond what it allows.
 */
export function smokeChecks({ who, access, images, stages }: SmokeFacts): SmokeCheck[] {
  return stages.flatMap((stage) =>
    IMAGE_CLASSES.flatMap((registry): SmokeCheck[] => {
      const rows = access.filter((row) => row.who === who && row.stage === stage && row.registry === registry);
      const held = rows.filter(({ on, actions }) => on === undefined && actions.length > 0);
      const patterns = [...new Set(held.flatMap(({ repositories }) => repositories))];
      const [first = ALL] = patterns;
      const place = { stage, registry, repository: repositoryIn(first) };
      const may = new Set(
        held.filter(({ repositories }) => repositories.includes(first)).flatMap((row) => row.actions),
      );
      // Whoever may pull may read the metadata that a list is.
      const told = ORDER.filter((action) => action !== "list" || may.has("list") || !may.has("pull"));
      const checks = told.map((action): SmokeCheck => ({
        ...place,
        action,
        expected: may.has(action) ? "allowed" : "denied",
      }));
      const beyond = held.length === 0 ? undefined : repositoryBeyond(patterns, images);
      if (beyond === undefined) return checks;
      return [...checks, { ...place, repository: beyond, action: "pull", expected: "denied" }];
    }),
  );
}
