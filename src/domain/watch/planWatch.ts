import { defined } from "../../base/defined";
import { IMAGE_CLASSES, type ImageClass, type MappedImage, repositoriesOf } from "../image/imageClass";
import type { Sku } from "../image/registryKind";
import { fitName } from "../plan/names";
import type { Stage, StagePlace } from "../stage";
import type { AlertsConfig, AlertsPlan } from "./alertPlan";
import { planAlerts } from "./alerts";
import { type ArchiveConfig, type ArchivePlan, planArchive } from "./archive";
import type { AuditConfig } from "./audit";
import { type BudgetConfig, type BudgetPlan, planBudget } from "./budget";
import type { AuditQuestion } from "./queries/query";
import { planViews, type ViewsPlan } from "./views";

/** Everything a stage's file says of its audit beyond the workspace. */
export interface WatchConfig {
  archive?: ArchiveConfig | undefined;
  /** Identities of scanners, whose pulls the queries leave out; Azure gives Defender's another one in each tenant. */
  scanners: readonly string[];
  alerts: AlertsConfig;
  budget?: BudgetConfig | undefined;
  /** Application Insights for what serves the stage. */
  insights: boolean;
  /** Defender for Containers, which is the subscription's own. */
  defender: boolean;
}

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

/** What of a planned registry decides how it is watched. */
type WatchedRegistry = { mode: "create" | "adopt"; registryName: string; sku: Sku } | { mode: "reference" };

/** What a watch is planned from. */
export interface WatchInput {
  stage: Stage;
  place: StagePlace;
  product: { name: string };
  images: readonly MappedImage[];
  /** Absent where it is encrypted, or nothing is held in Azure. */
  subscriptionId?: string | undefined;
  audit: AuditConfig;
  watch: WatchConfig;
  registries: Readonly<Record<ImageClass, WatchedRegistry>>;
  /** Whose vault the passwords are in; absent where the stage has none. */
  vaultMode?: "create" | "reference";
}

/** What watches a stage that holds a registry in Azure. */
export function planWatch(config: WatchInput): WatchPlan {
  const { stage, place, watch, registries, vaultMode } = config;
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
      ...{ product, stage, place, question, thresholds, skus, emails, webhook },
      ...defined({ vault: vaultMode }),
    }),
    scanners: [...watch.scanners].sort(),
    ...(watch.budget ? { budget: planBudget(product, stage, watch.budget, watch.alerts) } : {}),
    ...(watch.insights ? { insights: fitName(`appi-${product}-registry-${stage}`, 260) } : {}),
    defender: watch.defender,
    ...(watch.defender && config.subscriptionId ? { defenderScope: `subscriptions/${config.subscriptionId}` } : {}),
  };
}
