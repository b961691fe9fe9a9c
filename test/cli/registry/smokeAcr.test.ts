import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { smoke } from "../../../src/cli/registry/smoke";
import type { AccessRow } from "../../../src/domain/identity/accessMatrix";
import { describeWith, startAcr, startDistribution } from "../../support/registries";
import { outputsFor } from "../../support/release/outputsFor";
import { runCommand } from "../../support/io";

interface Summary {
  checks: { action: string; found: string }[];
}

describeWith(["docker-registry"], "dualreg registry smoke --as, at an ACR", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-smoke-acr-"));
  after(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it("S1-2 smoke --as lets whoever locks write metadata, and push nothing", async () => {
    const backend = await startDistribution();
    const actions = ["pull", "metadata_read", "metadata_write"] as const;
    const acr = await startAcr(backend, { grants: [{ repository: /.*/, actions }] });
    try {
      const access = (["secure", "standard"] as const).map((registry): AccessRow => ({
        ...{ who: "standin", kind: "identity", purpose: "lock", stage: "qa", registry },
        ...{ actions: ["list", "lock", "pull"], repositories: ["*"], assumedBy: [] },
      }));
      const policy = { signature: false, signers: [] };
      const file = join(dir, "outputs.json");
      writeFileSync(
        file,
        JSON.stringify({ ...outputsFor({ stage: "qa", host: acr.host, kind: "acr", policy }), access }),
      );
      const auth = Buffer.from(`${acr.credentials.username}:${acr.credentials.password}`).toString("base64");
      writeFileSync(join(dir, "config.json"), JSON.stringify({ auths: { [acr.host]: { auth } } }), { mode: 0o600 });
      const asked = { as: "standin", stage: "qa", outputs: file, format: "json" as const };
      const env = { DOCKER_CONFIG: dir, HOME: dir };
      const { code, stdout } = await runCommand((io) => smoke.run(undefined, asked, io), env);
      const { checks } = JSON.parse(stdout) as Summary;
      assert.equal(code, 0, stdout);
      assert.equal(checks.find(({ action }) => action === "lock")?.found, "allowed");
      assert.equal(checks.find(({ action }) => action === "push")?.found, "denied");
    } finally {
      await acr.stop();
      await backend.stop();
    }
  });
});
