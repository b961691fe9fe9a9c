import type { AuditPlan } from "./diagnostics";
import { planEnvironments, type Reviewer } from "./gates";
import { resourceGroupName, workspaceName } from "./names";
import type { StagePlan } from "./plan";
import { planRegistry } from "./planRegistry";
import { planTokens } from "./planTokens";
import { policiesFor } from "./policyFor";
import { stageBefore } from "./stage";
import type { StageConfig } from "./stageConfig";

/** Everybody who reviews in any stage, once each. */
function reviewersOf(config: StageConfig): Reviewer[] {
  const all = Object.values(config.gates.signOffs).flatMap((roles) =>
    (roles ?? []).flatMap((role) => config.gates.roles[role] ?? []),
  );
  const key = (reviewer: Reviewer) => ("team" in reviewer ? `team ${reviewer.team}` : `user ${reviewer.user}`);
  const unique = new Map(all.map((reviewer) => [key(reviewer), reviewer]));
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reviewer]) => reviewer);
}

/** Names of the tags that the program sets itself. */
export const OWN_TAGS = ["product", "stage", "managed-by"] as const;

function planAudit(config: StageConfig): AuditPlan {
  const { workspaceId, retentionDays } = config.audit;
  if (workspaceId !== undefined) return { mode: "reference", workspaceId };
  return { mode: "create", workspaceName: workspaceName(config.product.name, config.stage), retentionDays };
}

/**
 * Decides everything about a stage. Pure: the same configuration gives the same plan, and nothing is read or written.
 *
 * @param config decoded and checked; what it holds is taken as true
 */
export function planStage(config: StageConfig): StagePlan {
  const { stage, product } = config;
  const secure = planRegistry(config, "secure");
  const standard = planRegistry(config, "standard");
  const holds = secure.mode !== "reference" || standard.mode !== "reference";
  const before = stageBefore(stage);
  return {
    version: 1,
    stage,
    product: product.name,
    domain: product.domain,
    owns: config.owns,
    ...(before && config.before !== undefined ? { before: { stage: before, stack: config.before } } : {}),
    location: config.location,
    ...(holds ? { resourceGroup: config.resourceGroup ?? resourceGroupName(product.name, stage) } : {}),
    protect: [secure, standard].some((registry) => registry.mode !== "reference" && registry.protect),
    registries: { secure, standard },
    images: [...config.images].sort((a, b) => (a.repository < b.repository ? -1 : 1)),
    policies: policiesFor(stage, config.policies),
    tokens: planTokens(config),
    retention: config.retention,
    ...(holds ? { audit: planAudit(config) } : {}),
    gates: {
      repository: product.repository,
      access: config.owns.includes("repository") ? reviewersOf(config) : [],
      environments: planEnvironments(stage, config.gates),
      signOffSigners: config.policies.signOffs.signers,
    },
    tags: { ...config.tags, product: product.name, stage, "managed-by": "dual-registry" },
  };
}
