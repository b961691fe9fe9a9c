import { defined } from "../../base/defined";
import { automationEnvironments, planEnvironments, type Reviewer, withIdentities } from "../identity/environments";
import { planIdentities } from "../identity/planIdentities";
import { planPullAccess } from "../identity/pullAccess";
import { planRulesets, SUBJECT_CLAIMS } from "../identity/rulesets";
import { policiesFor } from "../image/policy";
import { stageBefore } from "../stage";
import type { AuditPlan } from "../watch/audit";
import { planWatch } from "../watch/planWatch";
import { resourceGroupName, workspaceName } from "./names";
import { planPasswords } from "./passwords";
import { planProtection } from "./protection";
import { planRegistry, planTokens } from "./registries";
import type { StageConfig } from "./stageConfig";
import type { StagePlan } from "./stagePlan";

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
  const resourceGroup = holds ? (config.resourceGroup ?? resourceGroupName(product.name, stage)) : undefined;
  const registries = { secure, standard };
  const shared = config.owns.includes("repository") ? automationEnvironments(config.gates) : [];
  const environments = [...planEnvironments(stage, config.gates), ...shared];
  const tokens = planTokens(config);
  const passwords = planPasswords(config, tokens);
  const pullAccess = planPullAccess(config, tokens, passwords);
  const vault = passwords !== undefined;
  const vaultMode = passwords === undefined ? {} : { vault: passwords.vault.mode };
  const identities = planIdentities(
    { ...config, registries, environments, resourceGroup, vault },
    pullAccess.identities,
  );
  return {
    version: 1,
    stage,
    product: product.name,
    domain: product.domain,
    owns: config.owns,
    ...(before && config.before !== undefined ? { before: { stage: before, stack: config.before } } : {}),
    location: config.location,
    ...defined({ resourceGroup }),
    protect: [secure, standard].some((registry) => registry.mode !== "reference" && registry.protect),
    protection: planProtection({
      ...{ stage, product: product.name, protection: config.protection, registries },
      workspace: holds && config.audit.workspaceId === undefined,
      archive: holds && config.watch.archive !== undefined,
    }),
    registries,
    images: [...config.images].sort((a, b) => (a.repository < b.repository ? -1 : 1)),
    policies: policiesFor(stage, config.policies),
    tokens,
    ...defined({ passwords }),
    pullAccess: pullAccess.access,
    tokenCeilingDays: config.tokenCeilingDays,
    compliance: config.compliance,
    identities,
    retention: config.retention,
    ...(holds ? { audit: planAudit(config), watch: planWatch(config, { registries, ...vaultMode }) } : {}),
    gates: {
      repository: product.repository,
      access: config.owns.includes("repository") ? reviewersOf(config) : [],
      environments: withIdentities(environments, identities.identities),
      signOffSigners: config.policies.signOffs.signers,
      checksBefore: before === undefined ? [] : (config.gates.stageChecks?.[before] ?? []),
      rulesets: config.owns.includes("repository") ? planRulesets(config.gates) : [],
      subjectClaims: config.owns.includes("repository") ? SUBJECT_CLAIMS : [],
    },
    tags: { ...config.tags, product: product.name, stage, "managed-by": "dual-registry" },
  };
}
