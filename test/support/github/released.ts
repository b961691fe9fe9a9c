import assert from "node:assert/strict";
import type { Digest } from "../../../src/base/digest";
import { Company, PEOPLE } from "./company";
import { FlowCommands } from "./flowCommands";

export const DIGEST: Digest = `sha256:${"a1".repeat(32)}`;
export const IMAGE = `orders/api@${DIGEST}`;
const { qaManager, uatManager, devManager } = PEOPLE;
const WAY = [
  ["qa", "v0.0.1-qa", [qaManager]],
  ["uat", "v0.0.1-uat", [qaManager, uatManager]],
  ["prod", "v0.0.1", [qaManager, uatManager, devManager]],
] as const;

/** A company with release/1 cut. */
export async function withReleaseBranch(gates = ""): Promise<{
  company: Company;
  dualreg: FlowCommands;
  end: () => Promise<void>;
}> {
  const company = await Company.begin();
  const dualreg = new FlowCommands(company, gates);
  const cut = await dualreg.cut("release/1", { by: "qa-manager" });
  assert.equal(cut.code, 0, cut.stderr);
  const end = async () => {
    dualreg.end();
    assert.deepEqual(company.github.unknown, []);
    await company.stop();
  };
  return { company, dualreg, end };
}

/** Takes v0.0.1 up to and into a stage. */
export async function takeTo(stage: string, company: Company, dualreg: FlowCommands): Promise<void> {
  for (const [each, tag, approvers] of WAY) {
    const asked = await dualreg.request(tag, each === "qa" ? {} : { image: [IMAGE] });
    assert.equal(asked.code, 0, asked.stderr);
    for (const approver of approvers) company.approve(approver);
    const tagged = await dualreg.tag(tag);
    assert.equal(tagged.code, 0, tagged.stdout);
    company.deploy(tag, each);
    if (each === stage) return;
  }
}
