import assert from "node:assert/strict";
import { decodeConfig } from "../../../src/config/decode";
import type { ConsolePlace } from "../../../src/domain/console/clusterConsole";
import type { AppConsolePlan, ClusterConsolePlan } from "../../../src/domain/console/planConsole";
import { planStage } from "../../../src/domain/plan/planStage";
import type { StagePlan } from "../../../src/domain/plan/stagePlan";
import { rawConfig } from "../rawConfig";

export const CONSOLE_DIGEST = `sha256:${"c0".repeat(32)}` as const;

/** A console in a cluster as a stage file says it, with nothing that has a default. */
export const IN_CLUSTER = {
  kind: "kubernetes",
  image: `orders/console@${CONSOLE_DIGEST}`,
  namespace: "console",
  host: "console.qa.company.com",
  route: { by: "ingress", class: "nginx", tls: "console-tls" },
  from: ["ingress-nginx"],
  issuer: "https://oidc.example.com/qa/",
};

/** One in Container Apps. */
export const IN_APPS = {
  kind: "container-apps",
  image: `orders/console@${CONSOLE_DIGEST}`,
  environment:
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-apps/providers/Microsoft.App/managedEnvironments/apps-qa",
};

const IMAGES = [
  { repository: "orders/api", class: "secure" },
  { repository: "orders/console", class: "secure", binding: "stage-bound" },
  { repository: "orders/web", class: "standard" },
];

/** The registries of a stage that holds none. */
export const NAMED = {
  secure: { mode: "reference", kind: "ghcr", host: "ghcr.io", namespace: "company/secure" },
  standard: { mode: "reference", kind: "distribution", host: "registry.example.com:5000" },
};

/** Plans qa with this console. @param stage further keys of its file */
export const planWith = (console: unknown, stage: Record<string, unknown> = {}): StagePlan =>
  planStage(decodeConfig(rawConfig({ shared: { images: IMAGES }, stage: { console, ...stage } })));

/** The plan of a console in a cluster. @param over what the stage file says otherwise */
export function clusterPlan(
  over: Record<string, unknown> = {},
  stage: Record<string, unknown> = {},
): ClusterConsolePlan {
  const { console } = planWith({ ...IN_CLUSTER, ...over }, stage);
  assert.equal(console?.kind, "kubernetes");
  return console;
}

/** The plan of one in Container Apps. */
export function appPlan(over: Record<string, unknown> = {}): AppConsolePlan {
  const { console } = planWith({ ...IN_APPS, ...over });
  assert.equal(console?.kind, "container-apps");
  return console;
}

export const PLACE: ConsolePlace = { product: "orders", stage: "qa", ports: [443] };
export const ANSWERS = {
  image: `ordersqasecure.azurecr.io/orders/console@${CONSOLE_DIGEST}`,
  identity: { clientId: "client", tenantId: "tenant" },
};

/** Any of a console's objects. */
export interface AnyObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec?: unknown;
}

/** All of a console's objects. */
export const listOf = (objects: object): AnyObject[] => Object.values(objects) as AnyObject[];
