import { defined } from "../../base/defined";
import { planImagePolicies } from "../cluster/imagePolicies";
import { planConsole } from "../console/planConsole";
import { automationEnvironments, planEnvironments } from "../identity/environments";
import { planGates } from "../identity/gates";
import { planIdentities } from "../identity/planIdentities";
import { planPullAccess } from "../identity/pullAccess";
import { planRegistryPull } from "../identity/registryPull";
import type { ImageClass } from "../image/imageClass";
import { policiesFor, type ScanWaivers } from "../image/policy";
import { foreignSubjects, unmarked } from "../image/signers";
import { placeOf, stageBefore } from "../stage";
import { planAudit } from "../watch/audit";
import { planWatch } from "../watch/planWatch";
import type { Waiver } from "./compliance";
import { resourceGroupName } from "./names";
import { planPasswords } from "./passwords";
import { planProtection } from "./protection";
import { planAlternatives, planRegistry } from "./registries";
import type { StageConfig } from "./stageConfig";
import type { StagePlan } from "./stagePlan";
import { planTokens } from "./tokens";

/** Names of the tags that the program sets itself. */
export const OWN_TAGS = ["product", "stage", "managed-by"] as const;

/**
 * Decides everything about a stage. Pure: the same configuration gives the same plan, and nothing is read or written.
 *
 * @param config decoded and checked; what it holds is taken as true
 */
export function planStage(config: StageConfig): StagePlan {
  const { stage, stages, product } = config;
  const place = placeOf(stage, stages);
  const secure = planRegistry(config, "secure");
  const standard = planRegistry(config, "standard");
  const holds = secure.mode !== "reference" || standard.mode !== "reference";
  const before = stageBefore(stage, stages);
  const resourceGroup = holds ? (config.resourceGroup ?? resourceGroupName(product.name, stage)) : undefined;
  const registries = { secure, standard };
  const gated = config.gates.elsewhere === undefined;
  const ownsRepository = gated && config.owns.includes("repository");
  const shared = ownsRepository ? automationEnvironments(stages, config.gates) : [];
  const environments = gated ? [...planEnvironments(stage, stages, config.gates), ...shared] : [];
  const tokens = planTokens(config);
  const passwords = planPasswords(config, tokens);
  const pullAccess = planPullAccess(config, tokens, passwords);
  const console = planConsole({ ...config, registries }, passwords);
  const vault = passwords !== undefined;
  const identities = planIdentities({ ...config, registries, environments, resourceGroup, vault }, [
    ...pullAccess.identities,
    ...(console?.identities ?? []),
  ]);
  return {
    version: 1,
    stage,
    stages,
    versionPrefix: product.versionPrefix,
    product: product.name,
    domain: product.domain,
    owns: config.owns,
    ...(before && config.before !== undefined ? { before: { stage: before, stack: config.before } } : {}),
    location: config.location,
    ...defined({ resourceGroup }),
    protect: [secure, standard].some((registry) => registry.mode !== "reference" && registry.protect),
    protection: planProtection({
      ...{ stage, place, product: product.name, protection: config.protection, registries },
      workspace: holds && config.audit.workspaceId === undefined,
      archive: holds && config.watch.archive !== undefined,
    }),
    registries,
    alternatives: { secure: planAlternatives(config, "secure"), standard: planAlternatives(config, "standard") },
    images: [...config.images].sort((a, b) => (a.repository < b.repository ? -1 : 1)),
    policies: policiesFor(place, config.policies, scanWaivers(config.compliance.waivers)),
    foreignSigners: {
      secure: foreignSubjects(config.policies.secure.signers),
      standard: foreignSubjects(config.policies.standard.signers),
      signOffs: foreignSubjects(config.policies.signOffs.signers),
    },
    tokens,
    ...defined({ passwords }),
    pullAccess: pullAccess.access,
    ...defined({ imagePolicies: planImagePolicies(config) }),
    registryPull: planRegistryPull(config, config.registryPull ?? []),
    ...defined({ console: console?.plan }),
    tokenCeilingDays: config.tokenCeilingDays,
    compliance: config.compliance,
    identities,
    retention: config.retention,
    ...(holds
      ? {
          audit: planAudit(config),
          watch: planWatch({ ...config, place, registries, ...defined({ vaultMode: passwords?.vault.mode }) }),
        }
      : {}),
    gates: planGates({
      ...{ stage, stages, versionPrefix: product.versionPrefix, repository: product.repository },
      ...{ gates: config.gates, ownsRepository, environments },
      signOffSigners: unmarked(config.policies.signOffs.signers),
      identities: identities.identities,
    }),
    tags: { ...config.tags, product: product.name, stage, "managed-by": "dual-registry" },
  };
}

/** The control that waivers of scan limits name. */
const SCAN_GATE = "scan-gate";

/** Until when limits of scans above 0 hold in the last stage, by class: the latest day of the waivers that cover it. */
function scanWaivers(waivers: readonly Waiver[]): ScanWaivers {
  const until = (imageClass: ImageClass) =>
    waivers
      .filter(({ control, scope }) => control === SCAN_GATE && (scope === imageClass || scope === "stage"))
      .map(({ expires }) => expires)
      .sort()
      .at(-1);
  return defined({ secure: until("secure"), standard: until("standard") });
}
