import { planAlerts, type AlertsPlan } from "./alerts";
import { planArchive, type ArchivePlan } from "./auditArchive";
import { planViews, type ViewsPlan } from "./auditViews";
import { planBudget, type BudgetPlan } from "./budget";
import { IMAGE_CLASSES, repositoriesOf } from "./imageClass";
import { fitName } from "./names";
import type { StagePlan } from "./plan";
import type { AuditQuestion } from "./queries/auditScope";
import type { StageConfig } from "./stageConfig";

/** Everything that watches a stage's registries, decided. */
export interface WatchPlan {
  archive?: ArchivePlan;
  views: ViewsPlan;
  alerts: AlertsPlan;
  /** Identities of scanners, whose pulls are no use of an image. */
  scanners: readonly string[];
  budget?: BudgetPlan;
  /** Name of the stage's Application Insights. */
  insights?: string;
  /** Whether Defender for Containers is switched on in the subscription. */
  defender: boolean;
  /** That subscription, `subscriptions/<guid>`; absent where Defender is not switched on. */
  defenderScope?: string;
}

/** What a watch is planned from beside the configuration: the registries as they are planned. */
export interface WatchContext {
  registries: StagePlan["registries"];
  /** Whose vault the passwords are in; absent where the stage has none. */
  vault?: "create" | "reference";
}

/** What watches a stage that holds a registry in Azure. */
export function planWatch(config: StageConfig, { registries, vault }: WatchContext): WatchPlan {
  const { stage, watch } = config;
  const product = config.product.name;
  const own = IMAGE_CLASSES.flatMap((imageClass) => {
    const registry = registries[imageClass];
    return registry.mode === "reference" ? [] : [[imageClass, registry] as const];
  });
  const adopts = own.some(([, registry]) => registry.mode === "adopt");
  const question: AuditQuestion = {
    registries: Object.fromEntries(own.map(([imageClass, registry]) => [imageClass, registry.registryName])),
    secureRepositories: repositoriesOf(config.images, "secure"),
    scanners: watch.scanners,
  };
  const { emails, webhook, thresholds } = watch.alerts;
  const skus = own.map(([imageClass, registry]) => [imageClass, registry.sku] as const);
  return {
    ...(watch.archive ? { archive: planArchive(product, stage, watch.archive, adopts) } : {}),
    views: planViews(product, stage, question, config.audit.workspaceId === undefined),
    alerts: planAlerts({
      ...{ product, stage, question, thresholds, skus, emails, webhook },
      ...(vault === undefined ? {} : { vault }),
    }),
    scanners: [...watch.scanners].sort(),
    ...(watch.budget ? { budget: planBudget(product, stage, watch.budget, watch.alerts) } : {}),
    ...(watch.insights ? { insights: fitName(`appi-${product}-registry-${stage}`, 260) } : {}),
    defender: watch.defender,
    ...(watch.defender && config.subscriptionId ? { defenderScope: `subscriptions/${config.subscriptionId}` } : {}),
  };
}
