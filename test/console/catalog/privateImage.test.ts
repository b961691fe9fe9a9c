import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCatalog } from "../../../src/console/catalog";
import { settingsOf } from "../../../src/console/settings";
import { type CredentialSource, openRegistry } from "../../../src/oci";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import { makeVerifier } from "../../../src/signing";
import { copyImage } from "../../support/images/copyImage";
import { index } from "../../support/images/indexes";
import { LayoutBuilder } from "../../support/images/layoutBuilder";
import { describeWith, startDistribution, type TestRegistry } from "../../support/registries";
import { outputsFor } from "../../support/release/outputsFor";

for (const auth of ["htpasswd", "token"] as const) {
  describeWith(
    ["docker-registry", "htpasswd"],
    `the console's catalogue of a registry that wants a login by ${auth}`,
    () => {
      const dir = mkdtempSync(join(tmpdir(), "dualreg-private-"));
      let registry: TestRegistry;
      before(async () => {
        registry = await startDistribution({ auth });
      });
      after(async () => {
        await registry.stop();
        rmSync(dir, { recursive: true, force: true });
      });

      it(`S0-9 image reads the labels of every platform of a private image by ${auth}, and nothing without a login`, async () => {
        const { host, credentials } = registry;
        assert.ok(credentials);
        const login: CredentialSource = () => Promise.resolve({ kind: "basic", ...credentials, from: "the test" });
        const nobody: CredentialSource = () => Promise.resolve({ kind: "anonymous", from: "the test" });
        const layout = await LayoutBuilder.begin(dir);
        const { descriptor } = await index(layout, { labels: { private: "yes" } });
        const session = openRegistry(host, { credentials: login });
        await copyImage(await openLayout(dir), session.repository("orders/api"), descriptor.digest, "v1");
        const facts = { stage: "qa", host, kind: "distribution" } as const;
        const outputs = outputsFor({ ...facts, policy: { signature: false, signers: [] } });
        const settings = settingsOf(outputs, { access: { anonymous: "read" } });
        const stranger = openRegistry(host, { credentials: nobody });
        const verifier = makeVerifier();
        const catalog = makeCatalog({ settings, sessions: { secure: session, standard: stranger }, verifier });
        const part = await catalog.image("orders/api", "v1");
        assert.ok(part.state === "ok", JSON.stringify(part));
        assert.deepEqual(
          part.value.platforms.map(({ platform, labels }) => [platform, labels[0]?.value]),
          [
            ["linux/amd64", "yes"],
            ["linux/arm64/v8", "yes"],
            ["linux/arm/v7", "yes"],
            ["linux/s390x", "yes"],
            ["windows/amd64", "yes"],
          ],
        );
        const refused = await catalog.image("orders/web", "v1");
        assert.ok(refused.state === "unavailable");
        assert.match(refused.reason, /401|denied|log in/i);
        assert.ok(!JSON.stringify(refused).includes(credentials.password));
        await Promise.all([session.close(), stranger.close()]);
      });
    },
  );
}
