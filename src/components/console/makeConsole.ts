import { type Input, output, type Output } from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import { consolePorts, consoleReference } from "../../domain/console/planConsole";
import type { ImageClass } from "../../domain/image/imageClass";
import type { StagePlan } from "../../domain/plan/stagePlan";
import type { IdentityHandle } from "../identities/stageIdentities";
import type * as InApps from "./appConsole";
import type * as InCluster from "./clusterConsole";

/** What a console runs beside. */
interface ConsoleTargets {
  registries: Readonly<Record<ImageClass, { loginServer: Output<string> }>>;
  /** By the identity's name. */
  identities: Readonly<Record<string, IdentityHandle>>;
  /** Absent where the stage keeps no passwords. */
  vaultUri?: Output<string>;
}

/** Runs the stage's console where its file says. @returns the host that visitors know it by */
export function makeConsole(
  plan: Pick<StagePlan, "console" | "product" | "stage" | "registries" | "resourceGroup" | "location" | "tags">,
  { registries, identities, vaultUri }: ConsoleTargets,
): Input<string> | undefined {
  const { console, product, stage, resourceGroup, location, tags } = plan;
  if (console === undefined) return undefined;
  const registry = plan.registries[console.image.class];
  const namespace = registry.mode === "reference" ? registry.namespace : undefined;
  const registryHost = output(registries[console.image.class].loginServer);
  const image = registryHost.apply((host) => consoleReference(console, { host, namespace }));
  const handle = console.identity === undefined ? undefined : identities[console.identity];
  // A console that starts before its identity has its roles cannot log in.
  const options = handle === undefined ? {} : { dependsOn: [...handle.ready] };
  const name = `${product}-console`;
  if (console.kind === "kubernetes") {
    // Kubernetes' SDK takes a while to load, and most stages have no use for it.
    const { ClusterConsole } = require("./clusterConsole") as typeof InCluster;
    const place = { product, stage, ports: consolePorts(plan.registries) };
    const identity = handle && { clientId: handle.clientId, tenantId: handle.tenantId };
    new ClusterConsole(name, { plan: console, place, image, ...defined({ identity }) }, options);
    return console.host;
  }
  if (handle === undefined || vaultUri === undefined || resourceGroup === undefined) return undefined;
  const { AppConsole } = require("./appConsole") as typeof InApps;
  const { id, clientId } = handle;
  const args = { plan: console, resourceGroupName: resourceGroup, location, tags, image, registryHost, vaultUri };
  return new AppConsole(name, { ...args, identity: { id, clientId } }, options).host;
}
