import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import Ajv, { type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { SARIF_RULES } from "./sarifRules";

const SCHEMAS = resolve(__dirname, "../../fixtures/schemas");

function compile(schema: object): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  return ajv.compile(schema);
}

const read = (file: string): object => JSON.parse(readFileSync(resolve(SCHEMAS, file), "utf8")) as object;

const kept = new Map<string, ValidateFunction>();

function validator(name: string, schema: () => object): ValidateFunction {
  const validate = kept.get(name) ?? compile(schema());
  kept.set(name, validate);
  return validate;
}

const FILES = {
  oscal: "oscal_assessment-results_schema.json",
  "oscal-plan": "oscal_assessment-plan_schema.json",
  "oscal-component": "oscal_component_schema.json",
} as const;

/** Fails with what is wrong where a text is no document of its format. */
export function assertValid(format: keyof typeof FILES | "sarif", text: string): void {
  const validate = validator(format, () => (format === "sarif" ? SARIF_RULES : read(FILES[format])));
  const document: unknown = JSON.parse(text);
  assert.ok(validate(document), JSON.stringify(validate.errors?.slice(0, 5), null, 1));
}
