import { createHash } from "node:crypto";
import { effectOf, loadProviderFacts } from "../../../src/preview/change/providerFacts";
import { armId, inputsOfArmId, parentOf, pathParameters } from "./armIds";
import { refuseAssigned } from "./azureAccess";
import { admit } from "./azureAdmission";
import { TENANT } from "./azureAnswers";
import { refuseLocked } from "./azureLocks";
import type { GlobalNames } from "./azureNames";
import { azureOutputs, project } from "./azureOutputs";
import { freePlan, refusePlanDeleted } from "./azurePlans";
import { azureRules } from "./azureRules";
import { Writes } from "./azureWrites";
import type { Cloud } from "./cloud";
import { specOf } from "./constraints";
import { guid } from "./fixed";
import { at } from "./lookup";
import { type Asked, CloudError, type Model } from "./model";
import { type Fields, type PlainFields, UNKNOWN, type Value } from "./values";

/**
 * azure-native in front of Azure Resource Manager, as far as this project's types need it.
 *
 * @param beside whether an ARM id is of something that was not made through ARM
 */
export function azureModel(cloud: Cloud, names: GlobalNames, beside: (id: string) => boolean): Model {
  const facts = loadProviderFacts();
  const writes = new Writes();
  const outputs = (type: string, id: string): PlainFields | undefined => {
    const found = cloud.get(id) ?? freePlan(type, id);
    return found === undefined ? undefined : project(specOf(type).outputs, azureOutputs(found, cloud));
  };
  const stored = (type: string, id: string): PlainFields => outputs(type, id) ?? {};
  return {
    name: "azure-native",
    manners: { unknownProperty: "(the real provider drops it silently)", leavesToService: true },
    stable: ["name", "location"],
    deletesFirst: true,
    previewsInputsOnly: true,
    fill: (type, inputs, olds, asked) => fill(type, inputs, olds, asked, cloud),
    rules: azureRules,
    replaces: (type, change) => effectOf(facts, type, change.names).effect !== "update",
    create: (type, inputs, account) => {
      const id = armId(type, inputs, account.subscriptionId);
      if (cloud.has(id) || freePlan(type, id) !== undefined) {
        throw new CloudError("Conflict", `cannot create '${id}': it already exists; import it, or give another name`);
      }
      const parent = parentOf(type, id);
      if (parent !== undefined && !exists(parent, cloud) && !beside(parent)) {
        throw new CloudError("ParentResourceNotFound", `cannot create '${id}': there is no '${parent}'`);
      }
      refuseLocked(cloud, id, "write");
      return writes.alone(type, id, () => {
        admit(type, id, inputs, cloud);
        names.admit(type, id, inputs, cloud);
        cloud.put(id, type, inputs);
        return { id, outputs: stored(type, id) };
      });
    },
    read: outputs,
    importedInputs: (type, id) => {
      const open = project(Object.keys(specOf(type).properties), stored(type, id), specOf(type).properties);
      return { ...open, ...inputsOfArmId(type, cloud.get(id)?.id ?? id) };
    },
    update: (type, id, inputs) => {
      const old = cloud.get(id) ?? freePlan(type, id);
      if (old === undefined) throw new CloudError("ResourceNotFound", `cannot update '${id}': there is no such thing`);
      refuseLocked(cloud, id, "write");
      return writes.alone(type, id, () => {
        admit(type, id, inputs, cloud);
        names.admit(type, id, inputs, cloud);
        cloud.put(id, type, { ...inputs, ...keptPolicies(old.inputs, inputs) });
        return stored(type, id);
      });
    },
    remove: (type, id) => {
      const found = cloud.get(id);
      if (found === undefined) return;
      refuseLocked(cloud, id, "delete");
      refuseAssigned(type, id, cloud);
      refusePlanDeleted(cloud, type, id);
      return writes.alone(type, id, () => {
        for (const lost of [found, ...cloud.inside(found)]) names.keep(lost);
        cloud.delete(id);
      });
    },
    invoke: (token, { subscriptionId }) =>
      token === "azure-native:authorization:getClientConfig"
        ? { clientId: guid("deployer's client"), objectId: guid("deployer"), subscriptionId, tenantId: TENANT }
        : undefined,
  };
}

/** Whole subscriptions exist, and so does what no stand-in knows. */
function exists(id: string, cloud: Cloud): boolean {
  return cloud.has(id) || /^\/?subscriptions\/[^/]+$/i.test(id);
}

/** A registry keeps the policies that a request says nothing of. */
function keptPolicies(old: PlainFields, now: PlainFields): PlainFields {
  const [was, is] = [at(old, "policies"), at(now, "policies")];
  if (typeof was !== "object" || was === null) return {};
  return {
    policies: {
      ...(old["policies"] as PlainFields),
      ...(typeof is === "object" ? (now["policies"] as PlainFields) : {}),
    },
  };
}

function fill(type: string, inputs: Fields, olds: Fields, asked: Asked, cloud: Cloud): Fields {
  const filled: Record<string, Value> = { ...inputs };
  const { properties } = specOf(type);
  for (const name of pathParameters(type)) {
    const autoname = properties[name]?.autoname;
    if (filled[name] !== undefined || autoname === undefined) continue;
    const random = createHash("sha256").update(asked.seed).digest("hex").slice(0, 8);
    filled[name] = olds[name] ?? (autoname === "uuid" ? guid(asked.seed) : `${asked.name}${random}`);
  }
  if (filled["location"] === undefined && properties["location"] !== undefined) {
    const location = olds["location"] ?? asked.account.location ?? locationOfGroup(filled, asked, cloud);
    if (location !== undefined) filled["location"] = location;
  }
  return filled;
}

function locationOfGroup(inputs: Fields, asked: Asked, cloud: Cloud): Value | undefined {
  const group = at(inputs, "resourceGroupName");
  if (typeof group !== "string") return group === UNKNOWN ? UNKNOWN : undefined;
  return cloud.get(`/subscriptions/${asked.account.subscriptionId}/resourceGroups/${group}`)?.inputs["location"];
}
