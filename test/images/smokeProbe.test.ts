import assert from "node:assert/strict";
import { probeAccess, probeRoundTrip } from "../../src/images/smoke";
import { openQuickly } from "../oci/registry/support/client";
import { deletesNothing, describeWith, refusal, startDistribution, startQuirky } from "../support/registries";

describeWith(["docker-registry"], "probes of a registry that deletes nothing", () => {
  it("probeAccess says that nobody may delete, and probeRoundTrip what it left where", async () => {
    const registry = await startDistribution();
    const quirky = await startQuirky(registry.host, deletesNothing());
    const session = openQuickly(quirky.host);
    try {
      for (const answer of [refusal(405, "UNSUPPORTED"), refusal(403, "DENIED")]) {
        quirky.use(deletesNothing(answer));
        const probed = await probeAccess(session, "smoke", "delete");
        assert.equal(probed.found, "denied");
        assert.match(probed.detail, /DELETE .*40[35]/);
        const { found, detail, left } = await probeRoundTrip(session, "smoke", true);
        assert.equal(found, "allowed");
        assert.match(detail, /pushed and pulled a tiny image; DELETE .*40[35]/);
        assert.match(left ?? "", /\/smoke@sha256:[0-9a-f]{64}$/);
      }
      quirky.use();
      const { detail, left } = await probeRoundTrip(session, "smoke", true);
      assert.deepEqual([detail, left], ["pushed, pulled and deleted a tiny image", undefined]);
    } finally {
      await session.close();
      await quirky.stop();
      await registry.stop();
    }
  });
});
