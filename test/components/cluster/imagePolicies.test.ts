import assert from "node:assert/strict";
import { SECRET } from "../../../src/base/placeholders";
import { isObject } from "../../../src/base/json";
import { imagePolicyObjects } from "../../../src/domain/cluster/imagePolicies";
import type { Recording } from "../../../src/preview/recording";
import { inputOf, KEY, policy, WORKFLOW } from "../../support/clusters/policyInput";
import { recordProgram } from "../../support/recorder";

const COMPONENT = "dualregistry:index:ImagePolicies";

describe("ImagePolicies", () => {
  const input = inputOf("dev", { policies: { secure: policy(WORKFLOW), standard: policy({ key: KEY }) } });
  const { registries, today, ...plan } = input;
  const own = { registries: { secure: registries.secure[0], standard: registries.standard[0] } };
  const withRegistries = { ...plan, ...own, alternatives: { secure: [], standard: [] } };
  const program = (hosts: string) => `
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { ImagePolicies } from "./src/components/cluster/imagePolicies";
const later = new CustomResource("later", { apiVersion: "example.com/v1", kind: "Later" });
const plan = ${JSON.stringify(withRegistries)};
new ImagePolicies("policies", { plan, today: ${JSON.stringify(today)}, hosts: ${hosts} } as never);
`;
  const made = (recording: Recording) =>
    recording.resources
      .filter(({ name }) => name.startsWith("policies-"))
      .map(({ type, inputs }) => ({ type, ...inputs }));

  it("S3-2 S3-3 ImagePolicies makes the objects that dualreg admission prints, each as its child", async () => {
    const hosts = JSON.stringify({ secure: registries.secure[0].host, standard: registries.standard[0].host });
    const recording = await recordProgram({ program: program(hosts) });
    const expected = imagePolicyObjects(input).map(({ stringData, ...object }) => ({
      type: `kubernetes:${object.apiVersion === "v1" ? "core/v1" : object.apiVersion}:${object.kind}`,
      ...object,
      ...(stringData && { stringData: SECRET }),
    }));
    const key = ({ type, metadata }: { type: string; metadata?: unknown }) =>
      `${type} ${isObject(metadata) ? String(metadata["name"]) : ""}`;
    const sorted = (list: readonly { type: string }[]) => [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
    assert.equal(made(recording).length, expected.length);
    for (const [at, object] of sorted(expected).entries()) assert.deepEqual(sorted(made(recording))[at], object);
    const parent = recording.resources.find(({ type }) => type === COMPONENT);
    assert.ok(parent);
    for (const { name, parent: above } of recording.resources.filter(({ name }) => name.startsWith("policies-")))
      assert.ok(above?.includes(COMPONENT), name);
  });

  it("ImagePolicies knows the same objects before the cloud has named the hosts, and all that no host is part of", async () => {
    const unknown = `{ secure: later.id, standard: later.id }`;
    const recording = await recordProgram({ program: program(unknown) });
    const text = (kind: string) =>
      JSON.stringify(
        made(recording)
          .filter(({ type }) => type.endsWith(`:${kind}`))
          .map((one) => ("spec" in one ? one.spec : undefined)),
      );
    assert.equal(made(recording).length, imagePolicyObjects(input).length);
    assert.match(text("ImagePolicy"), /"range":">=0\.0\.0-0"/);
    assert.match(text("ValidatingAdmissionPolicyBinding"), /"values":\["shop","batch"\]/);
    assert.doesNotMatch(JSON.stringify(made(recording)), /\.invalid/);
  });
});
