import { createHash } from "node:crypto";
import { effectOf, loadProviderFacts } from "../../../src/preview/change/providerFacts";
import { merge, project } from "./azureOutputs";
import type { Cloud } from "./cloud";
import { specOf } from "./constraints";
import { CREATED, guid } from "./fixed";
import { apiVersionOf, isClusterWide, kindOf, KUBERNETES, placeOf, providerId } from "./kubernetesIds";
import { kubernetesRules } from "./kubernetesRules";
import { at, textAt } from "./lookup";
import { type Asked, CloudError, type Model } from "./model";
import { type Fields, isFields, type PlainFields } from "./values";

/** Namespaces that every cluster has. */
const BUILT_IN = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** The kubernetes provider in front of one cluster, with server-side apply, as far as this project's kinds need it. */
export function kubernetesModel(cloud: Cloud): Model {
  const facts = loadProviderFacts();
  const read = (type: string, id: string): PlainFields | undefined => {
    const found = cloud.get(placeOf(type, id));
    return found === undefined ? undefined : project(specOf(type).outputs, { ...live(type, id, found.inputs) });
  };
  const stored = (type: string, id: string): PlainFields => read(type, id) ?? {};
  return {
    name: "kubernetes",
    manners: { unknownProperty: "(the API server refuses unknown fields)", leavesToService: true },
    stable: ["apiVersion", "kind"],
    deletesFirst: true,
    previewsInputsOnly: true,
    fill: (type, inputs, olds, asked) => fill(type, inputs, olds, asked),
    rules: kubernetesRules,
    replaces: (type, change) => effectOf(facts, type, change.names).effect !== "update",
    create: (type, inputs) => {
      const id = providerId(type, inputs);
      admitNamespace(type, id, inputs, cloud);
      if (cloud.has(placeOf(type, id))) {
        const mark = "(the real provider takes it over by server-side apply)";
        throw new CloudError("AlreadyExists", `cannot create '${id}': there is one; import it ${mark}`);
      }
      cloud.put(placeOf(type, id), type, inputs);
      return { id, outputs: stored(type, id) };
    },
    read,
    importedInputs: (type, id) => cloud.get(placeOf(type, id))?.inputs ?? {},
    update: (type, id, inputs) => {
      if (!cloud.has(placeOf(type, id))) throw new CloudError("NotFound", `cannot update '${id}': it is gone`);
      cloud.put(placeOf(type, id), type, inputs);
      return stored(type, id);
    },
    remove: (type, id) => void cloud.delete(placeOf(type, id)),
  };
}

/** An object as the cluster shows it. */
function live(type: string, id: string, inputs: PlainFields): PlainFields {
  const added = { uid: guid(placeOf(type, id)), creationTimestamp: CREATED, resourceVersion: "1", generation: 1 };
  return merge({ metadata: added }, inputs);
}

/** What is in a namespace needs it. */
function admitNamespace(type: string, id: string, inputs: PlainFields, cloud: Cloud): void {
  const namespace = textAt(inputs, "metadata.namespace") || "default";
  if (isClusterWide(type) || BUILT_IN.includes(namespace)) return;
  if (cloud.has(placeOf(KUBERNETES.namespace, namespace))) return;
  throw new CloudError("NotFound", `cannot create '${id}': namespaces "${namespace}" not found`);
}

function fill(type: string, inputs: Fields, olds: Fields, asked: Asked): Fields {
  const metadata = inputs["metadata"];
  const whole = { apiVersion: apiVersionOf(type), kind: kindOf(type), ...inputs };
  if (metadata !== undefined && !isFields(metadata)) return whole;
  const given: Fields = metadata ?? {};
  const random = createHash("sha256").update(asked.seed).digest("hex").slice(0, 8);
  const name = given["name"] ?? at(olds, "metadata.name") ?? `${asked.name}-${random}`;
  const place: Fields = isClusterWide(type) ? {} : { namespace: given["namespace"] ?? "default" };
  return { ...whole, metadata: { ...given, ...place, name } };
}
