const text = { type: "string", minLength: 1 };
const message = { type: "object", required: ["text"], additionalProperties: false, properties: { text } };
const formats = {
  type: "object",
  required: ["text"],
  additionalProperties: false,
  properties: { text, markdown: text },
};
const tags = { type: "array", uniqueItems: true, items: text };
const bag = { type: "object", properties: { tags } };
const level = { enum: ["none", "note", "warning", "error"] };

const rule = {
  type: "object",
  required: ["id"],
  additionalProperties: false,
  properties: {
    ...{ id: text, name: text, shortDescription: formats, fullDescription: formats, help: formats, properties: bag },
    defaultConfiguration: { type: "object", additionalProperties: false, properties: { level } },
  },
};

const location = {
  type: "object",
  required: ["physicalLocation"],
  properties: {
    physicalLocation: {
      type: "object",
      required: ["artifactLocation"],
      properties: {
        artifactLocation: {
          type: "object",
          required: ["uri"],
          additionalProperties: false,
          properties: { uri: { type: "string", format: "uri-reference" }, uriBaseId: text },
        },
        region: { type: "object", properties: { startLine: { type: "integer", minimum: 1 } } },
      },
    },
  },
};

const suppression = {
  type: "object",
  required: ["kind"],
  additionalProperties: false,
  properties: {
    kind: { enum: ["inSource", "external"] },
    status: { enum: ["accepted", "underReview", "rejected"] },
    justification: text,
  },
};

/** A result that does not fail has the level none (section 3.27.10). */
const levelFits = {
  if: { properties: { kind: { const: "fail" } } },
  then: {},
  else: { properties: { level: { const: "none" } } },
};

const result = {
  type: "object",
  required: ["message", "ruleId", "ruleIndex", "locations", "partialFingerprints"],
  additionalProperties: false,
  properties: {
    ...{ ruleId: text, ruleIndex: { type: "integer", minimum: 0 }, message, level, properties: bag },
    kind: { enum: ["notApplicable", "pass", "fail", "review", "open", "informational"] },
    locations: { type: "array", minItems: 1, items: location },
    partialFingerprints: { type: "object", additionalProperties: text },
    suppressions: { type: "array", uniqueItems: true, items: suppression },
  },
  ...levelFits,
};

const driver = {
  type: "object",
  required: ["name", "rules"],
  additionalProperties: false,
  properties: {
    ...{ name: text, version: text, semanticVersion: text },
    rules: { type: "array", uniqueItems: true, items: rule },
  },
};

const run = {
  type: "object",
  required: ["tool", "results", "automationDetails"],
  additionalProperties: false,
  properties: {
    tool: { type: "object", required: ["driver"], additionalProperties: false, properties: { driver } },
    automationDetails: { type: "object", required: ["id"], properties: { id: text } },
    columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
    results: { type: "array", items: result },
    properties: bag,
  },
};

/**
 * What SARIF 2.1.0 asks of the parts of a log that are written here (sections 3.13 to 3.55), and what code scanning asks
 * beside: a location and a fingerprint for each result.
 */
export const SARIF_RULES = {
  type: "object",
  required: ["version", "runs"],
  additionalProperties: false,
  properties: {
    $schema: { type: "string", format: "uri" },
    version: { const: "2.1.0" },
    runs: { type: "array", items: run },
  },
};
