import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { z } from "zod";
import { isObject } from "../../../src/base/json";
import type { ClusterObject } from "../../../src/domain/cluster/clusterObject";

const FOLDER = resolve(__dirname, "../../fixtures/crds");
const fixture = z.object({ apiVersion: z.string(), kind: z.string(), source: z.string(), spec: z.looseObject({}) });

/** An API server prunes fields that a schema does not have, or warns: here none may be there. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isObject(schema)) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)] as const);
  const own = Object.fromEntries(entries);
  const open = "additionalProperties" in schema || schema["x-kubernetes-preserve-unknown-fields"] === true;
  return "properties" in schema && !open ? { ...own, additionalProperties: false } : own;
}

const FIXTURES = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => fixture.parse(JSON.parse(readFileSync(join(FOLDER, name), "utf8"))));

/** The fixtures as definitions that an API server takes, but those of its own kinds. @param plural of a kind */
export const crdsOf = (plural: (kind: string) => string) =>
  FIXTURES.filter(({ apiVersion }) => !apiVersion.startsWith("admissionregistration.k8s.io/")).map(
    ({ apiVersion, kind, spec }) => {
      const [group = "", version = ""] = apiVersion.split("/");
      const schema = { type: "object", properties: { spec } };
      return {
        ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
        // Kubernetes wants to know who approved a definition in a group of its own.
        metadata: {
          name: `${plural(kind)}.${group}`,
          annotations: { "api-approved.kubernetes.io": "unapproved, a test" },
        },
        spec: {
          ...{ group, names: { kind, plural: plural(kind) } },
          scope: kind === "ImageValidatingPolicy" ? "Cluster" : "Namespaced",
          versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: schema } }],
        },
      };
    },
  );

const validators = new Map<string, ValidateFunction>();
// Formats of Kubernetes' schemas, such as int32, and words of its own are not of JSON Schema.
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
for (const { apiVersion, kind, spec } of FIXTURES) {
  validators.set(`${apiVersion} ${kind}`, ajv.compile(closed(spec) as object));
}

/** What the schema of its kind has against an object; empty where nothing. A kind without a schema is a problem. */
export function crdProblems({
  apiVersion,
  kind,
  metadata,
  spec,
}: Pick<ClusterObject, "apiVersion" | "kind"> & { metadata: { name: string }; spec?: unknown }): string[] {
  if (apiVersion === "v1" && kind === "Secret") return [];
  const validate = validators.get(`${apiVersion} ${kind}`);
  if (validate === undefined) return [`${kind}: no schema`];
  if (validate(spec)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `${kind} ${metadata.name}${instancePath} ${message ?? ""}`,
  );
}
