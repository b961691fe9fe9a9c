import assert from "node:assert/strict";
import { decodeConfig, ownerConflicts } from "../../src/config";
import { rawConfig } from "../support/rawConfig";

describe("whose repository GitHub's provider changes", () => {
  it("variables that name another owner than the stage file are told, with what to do", () => {
    assert.deepEqual(ownerConflicts("contoso", { GITHUB_OWNER: "somebody", GITHUB_ORGANIZATION: "else" }), [
      'GITHUB_ORGANIZATION in the environment is "else", and would be taken instead of github:owner: unset GITHUB_ORGANIZATION, or set it to contoso',
      'GITHUB_OWNER in the environment is "somebody", and would be taken instead of github:owner: unset GITHUB_OWNER, or set it to contoso',
    ]);
  });

  it("variables that are empty, or name the owner in other letters, are fine", () => {
    assert.deepEqual(ownerConflicts("contoso", {}), []);
    assert.deepEqual(ownerConflicts("contoso", { GITHUB_OWNER: "", GITHUB_ORGANIZATION: "Contoso" }), []);
  });

  it("github:organization, which the provider prefers, is refused beside another github:owner", () => {
    const raw = rawConfig({});
    const config = (organization: string) => () =>
      decodeConfig({ ...raw, foreign: new Map([...raw.foreign, ["github:organization", organization]]) });
    assert.throws(config("somebody"), /github:organization: "somebody" would be taken instead of github:owner/);
    assert.doesNotThrow(config(raw.foreign.get("github:owner") ?? ""));
  });
});
