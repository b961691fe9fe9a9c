import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** What one property takes; see constraints.json for the meaning of each word. */
export interface PropertySpec {
  type: "string" | "boolean" | "number" | "integer" | "array" | "object";
  required?: boolean | undefined;
  enum?: readonly string[] | undefined;
  pattern?: string | undefined;
  /** Characters. */
  minLength?: number | undefined;
  maxLength?: number | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  /** Of a list's items or a map's entries. */
  maxItems?: number | undefined;
  /** Characters of a map's keys. */
  keyMaxLength?: number | undefined;
  items?: PropertySpec | undefined;
  /** Of a map: what each entry takes. */
  values?: PropertySpec | undefined;
  properties?: Readonly<Record<string, PropertySpec>> | undefined;
  /** Named by the provider where the program gives no name. */
  autoname?: "random" | "uuid" | undefined;
  /** What the service stores where nothing is given. */
  default?: boolean | string | undefined;
  /** True for a limit that the real provider leaves to the service. */
  late?: boolean | undefined;
  /** Place in the ARM request. */
  arm?: string | undefined;
  source?: string | undefined;
}

const propertySchema: z.ZodType<PropertySpec> = z.lazy(() =>
  z.strictObject({
    type: z.enum(["string", "boolean", "number", "integer", "array", "object"]),
    required: z.boolean().optional(),
    enum: z.array(z.string()).optional(),
    pattern: z.string().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    maxItems: z.number().optional(),
    keyMaxLength: z.number().optional(),
    items: propertySchema.optional(),
    values: propertySchema.optional(),
    properties: z.record(z.string(), propertySchema).optional(),
    autoname: z.enum(["random", "uuid"]).optional(),
    default: z.union([z.boolean(), z.string()]).optional(),
    late: z.boolean().optional(),
    arm: z.string().optional(),
    source: z.string().optional(),
  }),
);

const resourceSchema = z.strictObject({
  apiVersion: z.string(),
  sources: z.array(z.string()).min(1),
  /** Template of the ARM id. */
  id: z.string().optional(),
  properties: z.record(z.string(), propertySchema),
  outputs: z.array(z.string()),
});

const constraintsSchema = z.strictObject({
  $comment: z.string(),
  providers: z.record(z.string(), z.strictObject({ version: z.string(), config: z.array(z.string()) })),
  resources: z.record(z.string(), resourceSchema),
});

/** A file of more resources: a subject each. */
const moreSchema = z.strictObject({ $comment: z.string(), resources: z.record(z.string(), resourceSchema) });

/** What one type takes and gives. */
export type ResourceSpec = z.infer<typeof resourceSchema>;

/** The whole file: providers with their configuration, resources by type token. */
export type Constraints = z.infer<typeof constraintsSchema>;

let loaded: Constraints | undefined;

const MORE = join(__dirname, "constraints");

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));

/** Reads constraints.json and the files of the folder constraints, once. */
export function constraints(): Constraints {
  if (loaded !== undefined) return loaded;
  const main = constraintsSchema.parse(readJson(join(__dirname, "constraints.json")));
  const files = readdirSync(MORE).sort();
  const more = files.map((file) => moreSchema.parse(readJson(join(MORE, file))).resources);
  loaded = { ...main, resources: Object.assign({}, main.resources, ...more) as Constraints["resources"] };
  return loaded;
}

/**
 * The specification of a type.
 *
 * @throws Error for a type the stand-ins do not know
 */
export function specOf(type: string): ResourceSpec {
  const spec = Object.hasOwn(constraints().resources, type) ? constraints().resources[type] : undefined;
  if (spec === undefined) throw new Error(`${type} has no stand-in: add it to test/support/providers/constraints`);
  return spec;
}
