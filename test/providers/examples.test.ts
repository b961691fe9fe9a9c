import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SECRET, UNKNOWN as UNKNOWN_TEXT } from "../../src/base/placeholders";
import { recordStages } from "../../src/preview/record/recordStages";
import type { RecordedResource } from "../../src/preview/recording";
import { example, EXAMPLES } from "../support/examples";
import { BUILT_IN_ROLES } from "../support/providers/azureFacts";
import { AZURE } from "../support/providers/azureTypes";
import { withProviders } from "../support/providers/bench";
import { constraints } from "../support/providers/constraints";
import { type Fields, secretOf, UNKNOWN, type Value } from "../support/providers/values";

const PROJECTS = readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, "Pulumi.yaml")));

/** What the program registers and no cloud sees: its own resource for passwords, and Pulumi's. */
const OWN = /^(?:pulumi:|pulumi-nodejs:)/;

/** A recorded value as the provider gets it: text that holds something unknown is unknown. */
function asInput(value: unknown): Value {
  if (typeof value === "string" && value.includes(UNKNOWN_TEXT)) return UNKNOWN;
  if (value === SECRET) return secretOf(UNKNOWN);
  if (Array.isArray(value)) return value.map(asInput);
  if (typeof value !== "object" || value === null) return value as Value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asInput(inner)]));
}

/** What every stage of a project has its providers make. */
async function resourcesOf(project: string): Promise<RecordedResource[]> {
  const { recordings, failures } = await recordStages({ projectDir: example(project) });
  assert.deepEqual(failures, []);
  const resources = [...recordings.values()].flatMap((recording) => recording.resources);
  return resources.filter(({ custom, type }) => custom && !OWN.test(type));
}

/**
 * Whether the services take what a preview shows, without an engine: properties, enums, lengths, patterns and required
 * fields of each type's API version, with what Azure says in words alone (azureFacts.ts, azureRules.ts). Not looked at:
 * operations of custom roles outside Microsoft.ContainerRegistry, queries (test/domain/watch runs those), the contents of
 * workbooks, and what is unknown before an update.
 */
describe("inputs of every example", () => {
  for (const project of PROJECTS) {
    it(`inputs of ${project} are what the types of its providers take`, async () => {
      const resources = await resourcesOf(project);
      assert.ok(resources.length >= 20, String(resources.length));
      await withProviders(async ({ of }) => {
        for (const { type, name, inputs } of resources) {
          assert.ok(Object.hasOwn(constraints().resources, type), `${type} has no constraints`);
          const { failures } = await of(type).check(type, asInput(inputs) as Fields);
          assert.deepEqual(failures, [], `${name} [${type}]`);
        }
      });
    });

    it(`roles of ${project} are Azure's own or the stage's`, async () => {
      const resources = await resourcesOf(project);
      const own = resources.filter(({ type }) => type === AZURE.roleDefinition);
      const known = new Set([...Object.keys(BUILT_IN_ROLES), ...own.map((role) => role.inputs["roleDefinitionId"])]);
      const ids = resources
        .filter(({ type }) => type === AZURE.roleAssignment)
        .map(({ inputs }) => inputs["roleDefinitionId"])
        .filter((id) => typeof id === "string" && !id.includes(UNKNOWN_TEXT)) as string[];
      assert.deepEqual(
        ids.filter((id) => !known.has(id.slice(-36))),
        [],
      );
      for (const { name, inputs } of own) {
        const permissions = JSON.stringify(inputs["permissions"]);
        const actions = [...permissions.matchAll(/Microsoft\.ContainerRegistry\/[\w/]+/g)].map(([action]) => action);
        assert.deepEqual(
          actions.filter((action) => !REGISTRY_ACTIONS.has(action)),
          [],
          name,
        );
      }
    });
  }
});

const read = (...types: readonly string[]) =>
  types.map((type) => `Microsoft.ContainerRegistry/registries/${type}/read`);

/**
 * Operations of Microsoft.ContainerRegistry that a role of a stage may name.
 * Source: learn.microsoft.com/azure/role-based-access-control/permissions/containers
 */
const REGISTRY_ACTIONS: ReadonlySet<string> = new Set([
  "Microsoft.ContainerRegistry/registries/read",
  "Microsoft.ContainerRegistry/registries/artifacts/delete",
  "Microsoft.ContainerRegistry/registries/generateCredentials/action",
  "Microsoft.ContainerRegistry/registries/importImage/action",
  "Microsoft.ContainerRegistry/registries/metadata/write",
  "Microsoft.ContainerRegistry/registries/push/write",
  ...read("metadata", "operationStatuses", "pull", "replications", "scopeMaps", "tokens", "webhooks"),
]);
