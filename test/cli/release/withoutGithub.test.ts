import assert from "node:assert/strict";
import { check } from "../../../src/cli/release/check";
import { next } from "../../../src/cli/release/next";
import { step } from "../../../src/cli/release/step";
import { example } from "../../support/examples";
import { captureIo } from "../../support/io";

const FLOW = { project: example("without-github"), workflow: "tag.yml", format: "text" } as const;
const OFF =
  /^DualRegistryError: Gates are off: releases are signed off by the change advisory board, kept in ServiceNow change requests, and dualreg release reads GitHub; once they are signed off there, promote by digest: dualreg image promote$/;

describe("dualreg release, where gates are off", () => {
  it("release says what it cannot do without GitHub, and who signs off where", async () => {
    const { io } = captureIo();
    await assert.rejects(next.run({ ...FLOW, stage: "prod" }, io), OFF);
    await assert.rejects(check.run("v1.0.0", FLOW, io), OFF);
  });

  it("release step still says which stage a tag is of", async () => {
    const { io, printed } = captureIo();
    assert.equal(await step.run("v1.0.0", { project: FLOW.project, format: "text" }, io), 0);
    assert.equal(
      printed.stdout,
      "v1.0.0: test -> prod as v1.0.0-test; signed off by the change advisory board, kept in ServiceNow change requests\n",
    );
  });
});
