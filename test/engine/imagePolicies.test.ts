import assert from "node:assert/strict";
import { describeEngine } from "../support/engine/describeEngine";
import type { EngineStack } from "../support/engine/engineStack";
import { ownResources } from "../support/engine/engineState";
import * as expect from "../support/engine/expectations";
import { StageBench } from "../support/engine/stageBench";
import { KUBERNETES } from "../support/providers/kubernetesIds";

const POLICIES = ["dual-registry:imagePolicies"];
const ADMISSION = "orders-policies-validatingadmissionpolicy-orders-dev-images";

describeEngine("what clusters take of stage dev, under the engine", () => {
  let bench: StageBench;
  let stack: EngineStack;

  before(async () => {
    bench = await StageBench.open("everything");
    stack = await bench.stack("dev");
    expect.assertWell(await stack.up());
  });

  after(() => bench.close());

  const up = async (steps: readonly string[]) => {
    expect.assertSteps(await stack.up(), steps);
    expect.assertNothing(await stack.up());
  };
  const namesOf = (type: string): string[] =>
    ownResources(stack.state()).flatMap((one) => (one.type === type ? [one.urn.split("::").at(-1) ?? ""] : []));

  it("S3-2 S3-3 ImagePolicies makes a policy of admission, signatures of both classes, and an automation of the first stage", () => {
    assert.deepEqual(namesOf(KUBERNETES.admissionPolicy), [ADMISSION]);
    assert.equal(namesOf(KUBERNETES.signaturePolicy).length, 2);
    assert.equal(namesOf(KUBERNETES.imagePolicy).length, 4);
    assert.deepEqual(namesOf(KUBERNETES.imageAutomation), [
      "orders-policies-imageupdateautomation-flux-system-orders-dev",
    ]);
  });

  it("ImagePolicies updates the policy of admission alone for an exception, and nothing for one of another stage", async () => {
    const exception = {
      ...{ digest: `sha256:${"ab".repeat(32)}`, image: "docker.io/library/redis:8", reason: "The cache's next one" },
      ...{ expires: "2999-01-31", stages: ["qa"] },
    };
    bench.project.set(["gitops", "value", "exceptions", "-"], exception);
    expect.assertNothing(await stack.up());
    bench.project.set(["gitops", "value", "exceptions", 1, "stages"], ["dev"]);
    await up([`update ${ADMISSION}`]);
  });

  it("S3-2 ImagePolicies updates what chooses for another range, in place", async () => {
    bench.project.set([...POLICIES, "flux", "range"], ">=2.0.0-0 <3.0.0", "dev");
    const names = ["api", "console", "web"].map((image) => `orders-${image}`);
    await up([...names, "tools-loadtest"].map((name) => `update orders-policies-imagepolicy-flux-system-${name}-dev`));
  });

  it("ImagePolicies takes Flux's objects away with flux, and Kyverno's with kyverno, and leaves the rest", async () => {
    const flux = [KUBERNETES.imageRepository, KUBERNETES.imagePolicy, KUBERNETES.imageAutomation].flatMap(namesOf);
    const kyverno = namesOf(KUBERNETES.signaturePolicy);
    bench.project.set([...POLICIES, "flux"], undefined, "dev");
    bench.project.set([...POLICIES, "kyverno"], false, "dev");
    await up([...flux, ...kyverno].map((name) => `delete ${name}`));
    assert.deepEqual(namesOf(KUBERNETES.admissionPolicy), [ADMISSION]);
  });
});
