import assert from "node:assert/strict";
import { bundleConsole } from "../../src/console/bundle";
import { settingsOf } from "../../src/console/settings";
import { outputsFor } from "../support/release/outputsFor";

/** What files of the bundle load for commands that the console does not have, by package. */
const OTHERS_NEED: Readonly<Record<string, string>> = {
  "@aws-sdk/client-ecr": "logins of ECR for the command line",
  "google-auth-library": "logins of Artifact Registry for the command line",
  "@noble/ciphers/salsa": "private keys of signers",
  "@sigstore/sign": "signing without a key",
  "@azure/arm-containerregistry": "registries as deployed",
  "@azure/core-rest-pipeline": "diagnostic settings as deployed",
  "@azure/monitor-query-logs": "the audit log",
};

describe("bundleConsole", () => {
  const outputs = outputsFor({
    ...{ stage: "qa", host: "registry.example.com", kind: "distribution" as const },
    policy: { signature: false, signers: [] },
  });

  it("bundleConsole carries every package that the console loads late, and names no folder of the machine that built it", async () => {
    const { text } = await bundleConsole(settingsOf(outputs, { access: { anonymous: "read" } }), "1.0.0");
    const wanted = [...text.matchAll(/\bloadPackage\("([^"]+)"\)/g)].map(([, name = ""]) => name);
    assert.ok(wanted.includes("@sigstore/verify") && wanted.includes("@azure/identity"), wanted.join(", "));
    const carried = [...text.matchAll(/"([^"]+)": ?\(\) ?=> ?/g)].map(([, name = ""]) => name);
    const missing = [...new Set(wanted)].filter((name) => !carried.includes(name) && !(name in OTHERS_NEED));
    assert.deepEqual(missing, []);
    assert.ok(!text.includes(process.cwd()));
  });
});
