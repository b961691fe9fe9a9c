import { z } from "zod";
import { fieldsOf } from "../../base/json";
import { COOKIE } from "../access/session";
import type { Operation } from "./operations";
import { problem } from "./schemas";

type JsonSchema = Readonly<Record<string, unknown>>;

const PROBLEMS = {
  400: "The query is wrong.",
  401: "Nobody is signed in.",
  403: "The visitor may read nothing at all.",
  404: "There is nothing of this name, or the visitor may not read it.",
  429: "Too many requests; Retry-After says when to ask again.",
  500: "The console failed.",
  503: "A registry cannot say it now; Retry-After says when to ask again, where the registry did.",
} as const;

/**
 * The API as an OpenAPI 3.1 document, made of the schemas that queries are decoded by and answers are written in.
 * Source: OpenAPI Specification 3.1.1.
 */
export function openApiDocument(operations: readonly Operation[], version: string): JsonSchema {
  const components = componentsOf([...operations.map(({ answer }) => answer), problem]);
  const problems = Object.entries(PROBLEMS).map(([status, description]) => [
    status,
    { description, content: { "application/problem+json": { schema: { $ref: refOf("Problem") } } } },
  ]);
  const paths = operations.map(({ path, name, summary, query, answer }) => [
    path,
    {
      get: {
        ...{ operationId: name, summary, parameters: parametersOf(query) },
        responses: {
          200: {
            description: "The answer.",
            content: { "application/json": { schema: { $ref: refOf(idOf(answer)) } } },
          },
          304: { description: "As the answer that If-None-Match names." },
          ...(Object.fromEntries(problems) as object),
        },
      },
    },
  ]);
  return {
    openapi: "3.1.1",
    info: { title: "Dual Registry image console", version },
    servers: [{ url: "/api/v1" }],
    security: [{ bearer: [] }, { session: [] }],
    paths: {
      ...(Object.fromEntries(paths) as object),
      "/openapi.json": {
        get: {
          ...{ operationId: "openapi", summary: "This document" },
          responses: { 200: { description: "The document.", content: { "application/json": { schema: {} } } } },
        },
      },
    },
    components: {
      schemas: components,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: COOKIE },
      },
    },
  };
}

const refOf = (id: string): string => `#/components/schemas/${id}`;
const idOf = (schema: z.ZodType): string => z.globalRegistry.get(schema)?.id ?? "";

/** The schemas that have a name, each once, with references to each other. */
function componentsOf(answers: readonly z.ZodType[]): JsonSchema {
  const found = new Map<string, unknown>();
  for (const answer of answers) {
    const { $defs, ...own } = z.toJSONSchema(answer, { target: "draft-2020-12", io: "output", unrepresentable: "any" });
    found.set(idOf(answer), own);
    for (const [id, schema] of Object.entries($defs ?? {})) found.set(id, schema);
  }
  const text = JSON.stringify(Object.fromEntries([...found].map(([id, schema]) => [id, withoutIds(schema)])));
  return JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}

const withoutIds = (schema: unknown): unknown =>
  Object.fromEntries(Object.entries(fieldsOf(schema)).filter(([name]) => name !== "id" && name !== "$schema"));

function parametersOf(query: z.ZodObject): JsonSchema[] {
  const schema = z.toJSONSchema(query, { target: "draft-2020-12", io: "input", unrepresentable: "any" });
  const required = schema.required ?? [];
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    ...{ name, in: "query", required: required.includes(name) },
    schema: inlined(property, schema.$defs ?? {}),
  }));
}

/** A parameter's own schema in place of a reference to it. */
function inlined(property: unknown, definitions: Readonly<Record<string, unknown>>): unknown {
  const { $ref, ...rest } = property as { $ref?: string };
  const target = $ref === undefined ? undefined : definitions[$ref.replace("#/$defs/", "")];
  return withoutIds(target ?? rest);
}
