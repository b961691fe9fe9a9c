import { azureTypeOf } from "../../base/azure/typeToken";
import { appConsole } from "../../domain/console/appConsole";
import { consoleObjects } from "../../domain/console/clusterConsole";
import { consolePorts, consoleReference } from "../../domain/console/planConsole";
import { IMAGE_CLASSES } from "../../domain/image/imageClass";
import type { StagePlan } from "../../domain/plan/stagePlan";
import type { ConsoleFacts, Known } from "../facts";
import { read, readList, readText, type ResourceBag } from "./resourceBag";

/** The console as the plan makes it: what the objects say is judged, and not what was meant. */
export function plannedConsoles(plan: StagePlan): ConsoleFacts[] {
  const { console, registries, images, product, stage } = plan;
  if (console === undefined) return [];
  const { class: imageClass, repository } = console.image;
  const registry = registries[imageClass];
  const place =
    registry.mode === "reference"
      ? { host: registry.loginServer, namespace: registry.namespace }
      : { host: registry.registryName };
  const fromOwnRegistry = images.some((image) => image.repository === repository && image.class === imageClass);
  const image = consoleReference(console, place);
  const common = { name: console.name, basis: "planned" as const, fromOwnRegistry };
  if (console.kind === "container-apps") {
    const identity = { id: "", clientId: "" };
    const answers = { image, registryHost: place.host, vaultUri: "", identity };
    const [container] = appConsole(console, answers, () => "").template.containers;
    return [{ ...common, image: container?.image ?? "unknown", ...NO_SETTING }];
  }
  const { spec } = consoleObjects(console, { product, stage, ports: consolePorts(registries) }, { image }).deployment;
  const pod = spec.template.spec;
  const [container] = pod.containers;
  return [
    {
      ...common,
      image: container?.image ?? "unknown",
      nonRoot: pod.securityContext.runAsNonRoot,
      readOnlyRoot: container?.securityContext.readOnlyRootFilesystem ?? false,
    },
  ];
}

/** Container Apps has no setting for either. Source: ARM REST: Container Apps, Container (Microsoft.App 2025-02-02-preview). */
const NO_SETTING = { nonRoot: "unknown", readOnlyRoot: false } as const;

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const isApp = ({ type }: ResourceBag): boolean => azureTypeOf(type)?.name === "app:ContainerApp";
const COMPONENT = "app.kubernetes.io/component";
const MANAGED = "app.kubernetes.io/managed-by";

/** True for a Deployment that this project made as a console, by its labels. */
function isClusterConsole({ type, inputs }: ResourceBag): boolean {
  if (type !== DEPLOYMENT) return false;
  const labels = read(inputs, "metadata.labels");
  const label = (name: string): unknown =>
    typeof labels === "object" && labels !== null ? Reflect.get(labels, name) : undefined;
  return label(COMPONENT) === "console" && label(MANAGED) === "dual-registry";
}

/** True for a container app that this project made: its tags say so, and its container is called so. */
function isAppConsole(bag: ResourceBag): boolean {
  const [container] = containersOf(bag, "template.containers");
  return isApp(bag) && read(bag.inputs, "tags.managed-by") === "dual-registry" && container?.["name"] === "console";
}

function containersOf({ inputs }: ResourceBag, path: string): Readonly<Record<string, unknown>>[] {
  const listed = readList(inputs, path);
  return listed === "unknown" ? [] : listed.map((one) => (typeof one === "object" && one !== null ? { ...one } : {}));
}

const known = (value: unknown): Known<boolean> => (value === "unknown" ? "unknown" : value === true);

/** The console among a stack's resources. @param registries names of the stack's own registries */
export function consolesOf(resources: readonly ResourceBag[], registries: readonly Known<string>[]): ConsoleFacts[] {
  return resources.flatMap((bag): ConsoleFacts[] => {
    const path = isClusterConsole(bag)
      ? "spec.template.spec.containers"
      : isAppConsole(bag)
        ? "template.containers"
        : undefined;
    if (path === undefined) return [];
    const [container = {}] = containersOf(bag, path);
    const image = readText(container, "image");
    const common = {
      ...{ name: bag.name, basis: "planned" as const, image },
      fromOwnRegistry: image === "unknown" ? ("unknown" as const) : isFrom(image, registries),
    };
    if (isApp(bag)) return [{ ...common, ...NO_SETTING }];
    return [
      {
        ...common,
        nonRoot: known(read(bag.inputs, "spec.template.spec.securityContext.runAsNonRoot")),
        readOnlyRoot: known(read(container, "securityContext.readOnlyRootFilesystem")),
      },
    ];
  });
}

/** A registry that is only named is no resource: only where the stack has both is an image of neither somebody else's. */
function isFrom(image: string, registries: readonly Known<string>[]): Known<boolean> {
  const [host = ""] = image.split("/");
  const name = /^([a-z0-9]+)(?:-[a-z0-9]+)?\.azurecr\./.exec(host)?.[1];
  if (registries.some((registry) => registry.toLowerCase() === name)) return true;
  return registries.length < IMAGE_CLASSES.length || registries.includes("unknown") ? "unknown" : false;
}
