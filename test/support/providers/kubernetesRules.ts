import { apiVersionOf, kindOf, KUBERNETES } from "./kubernetesIds";
import { at, shown } from "./lookup";
import type { Problem } from "./validate";
import { type Fields, isFields } from "./values";

/** Kubernetes: names of objects are DNS subdomains, those of namespaces DNS labels. */
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Kubernetes: a label's value. */
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** What the API server refuses although each field for itself is right. */
export function kubernetesRules(type: string, inputs: Fields): Problem[] {
  const found: Problem[] = [];
  const refuse = (property: string, reason: string) => found.push({ property, reason: `'${property}' ${reason}` });
  for (const [name, is] of [
    ["apiVersion", apiVersionOf(type)],
    ["kind", kindOf(type)],
  ] as const) {
    const said = at(inputs, name);
    if (typeof said === "string" && said !== is) refuse(name, `is ${shown(inputs, name)}: it is ${is} for ${type}`);
  }
  const form = type === KUBERNETES.namespace ? LABEL : SUBDOMAIN;
  const name = at(inputs, "metadata.name");
  if (typeof name === "string" && !form.test(name)) refuse("metadata.name", `is ${JSON.stringify(name)}: a DNS name`);
  const labels = at(inputs, "metadata.labels");
  for (const [key, value] of Object.entries(isFields(labels) ? labels : {})) {
    if (typeof value === "string" && !LABEL_VALUE.test(value)) refuse(`metadata.labels.${key}`, "is no label value");
  }
  return found;
}
