import assert from "node:assert/strict";
import {
  describeWith,
  REFERRERS_TOOL,
  startDistribution,
  startReferrers,
  type TestRegistry,
} from "../support/registries";
import { said, settingsAt, valueOf } from "./ground";
import { openRegistry } from "../../src/oci";
import { pushTiny, tinyImage } from "../../src/images/smoke";

async function push(registry: TestRegistry, path: string): Promise<void> {
  const { credentials } = registry;
  const session = openRegistry(registry.host, {
    credentials: () =>
      Promise.resolve(
        credentials ? { kind: "basic", ...credentials, from: "a test" } : { kind: "anonymous", from: "a test" },
      ),
  });
  const [image, target] = [tinyImage(), session.repository(path)];
  await pushTiny(target, image);
  await target.writeManifest(image.manifest, { tag: "latest" });
  await session.close();
}

describeWith(["docker-registry", "htpasswd", REFERRERS_TOOL], "readSettings of registries that run here", () => {
  it("S2-1 readSettings sees by a request without a login whether anybody may pull, and no referrers API", async () => {
    const open = await startDistribution();
    const closed = await startDistribution({ auth: "htpasswd" });
    const tokens = await startDistribution({ auth: "token" });
    try {
      const path = "orders/web";
      const before = await settingsAt("distribution", open.host, path);
      assert.match(said(before.visibility), /^unread: .*404: there is no such repository yet, or it is hidden/);
      for (const registry of [open, closed]) await push(registry, path);
      const found = await settingsAt("distribution", open.host, path);
      assert.equal(said(found.visibility), "read: GET /v2/orders/web/tags/list?n=1 without a login: 200");
      assert.equal(valueOf(found.all.referrers), false);
      for (const registry of [closed, tokens]) {
        assert.equal(valueOf((await settingsAt("distribution", registry.host, path)).visibility), "private");
      }
    } finally {
      await Promise.all([open, closed, tokens].map((registry) => registry.stop()));
    }
  });

  it("readSettings sees the referrers API of a registry that has it", async () => {
    const registry = await startReferrers();
    try {
      await push(registry, "orders/web");
      assert.equal(valueOf((await settingsAt("distribution", registry.host, "orders/web")).all.referrers), true);
    } finally {
      await registry.stop();
    }
  });
});
