import assert from "node:assert/strict";
import { isObject } from "../../../src/base/json";
import { UNKNOWN } from "../../../src/base/placeholders";
import { consoleObjects } from "../../../src/domain/console/clusterConsole";
import type { Recording } from "../../../src/preview/recording";
import { ANSWERS, clusterPlan, listOf, PLACE } from "../../support/console/deployment";
import { recordProgram } from "../../support/recorder";

const COMPONENT = "dualregistry:index:ClusterConsole";

const program = (plan: unknown, answers: string) => `
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { ClusterConsole } from "./src/components/console/clusterConsole";
const later = new CustomResource("later", { apiVersion: "example.com/v1", kind: "Later" });
const plan = ${JSON.stringify(plan)};
new ClusterConsole("orders-console", { plan, place: ${JSON.stringify(PLACE)}, ...${answers} } as never);
`;
const made = (recording: Recording) => recording.resources.filter(({ name }) => name.startsWith("orders-console-"));
const tokenOf = ({ apiVersion, kind }: { apiVersion: string; kind: string }) =>
  `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`;

describe("ClusterConsole", () => {
  for (const [what, over] of [
    ["an ingress and a namespace of its own", { createNamespace: true }],
    [
      "a gateway, one replica and machine tokens",
      { route: { by: "gateway", name: "public", namespace: "gateways" }, replicas: 1, machineTokens: true },
    ],
  ] as const) {
    it(`S0-3 ClusterConsole makes the objects of its plan as its children, with ${what}`, async () => {
      const plan = clusterPlan(over);
      const recording = await recordProgram({ program: program(plan, JSON.stringify(ANSWERS)) });
      const expected = listOf(consoleObjects(plan, PLACE, ANSWERS)).map((object) => [tokenOf(object), object]);
      const recorded = made(recording).map(({ type, inputs }) => [type, inputs]);
      const byType = (list: readonly (readonly unknown[])[]) =>
        new Map(list.map(([type, value]) => [String(type), value]));
      assert.deepEqual(byType(recorded), byType(JSON.parse(JSON.stringify(expected)) as unknown[][]));
      assert.equal(recorded.length, expected.length);
      for (const { parent, name } of made(recording)) assert.ok(parent?.includes(COMPONENT), name);
      assert.deepEqual(recording.logs, []);
    });
  }

  it("ClusterConsole shows everything before the cloud has answered, but the image's host and the identity", async () => {
    const answers = "{ image: later.id, identity: { clientId: later.id, tenantId: later.id } }";
    const recording = await recordProgram({ program: program(clusterPlan(), answers) });
    const unknown = made(recording).flatMap(({ type, inputs }) =>
      pathsOf(inputs).map((path) => `${type.split(":")[2]} ${path}`),
    );
    assert.deepEqual(unknown.sort(), [
      "Deployment spec.template.spec.containers.0.image",
      "SecretProviderClass spec.parameters.clientID",
      "SecretProviderClass spec.parameters.tenantID",
      "ServiceAccount metadata.annotations.azure.workload.identity/client-id",
      "ServiceAccount metadata.annotations.azure.workload.identity/tenant-id",
    ]);
  });

  it("ClusterConsole starts pods after the account, the secrets and the policy of what may connect", async () => {
    const recording = await recordProgram({ program: program(clusterPlan(), JSON.stringify(ANSWERS)) });
    const pods = made(recording).find(({ name }) => name === "orders-console-pods");
    const before = (pods?.options.dependsOn ?? []).map((urn) => urn.split("::").at(-1));
    assert.deepEqual(before.sort(), ["orders-console-account", "orders-console-network", "orders-console-secrets"]);
  });
});

/** Where something stands that is not known yet. */
function pathsOf(value: unknown, path: readonly string[] = []): string[] {
  if (value === UNKNOWN) return [path.join(".")];
  if (Array.isArray(value)) return value.flatMap((inner, at) => pathsOf(inner, [...path, String(at)]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]));
}
