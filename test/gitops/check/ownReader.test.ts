import assert from "node:assert/strict";
import { lastActivity } from "../../../src/domain/watch/queries/activity";
import { chartFiles, CheckGround, deployment } from "../../support/gitops/checkGround";
import { describeWith, startDistribution } from "../../support/registries";

describeWith(["docker-registry", "helm"], "gitops check and the sweep", () => {
  it("our own readers never count as use: every request of gitops check has the agent that a sweep's query leaves out", async () => {
    const ground = await CheckGround.begin(() => startDistribution());
    try {
      const api = await ground.promote("orders/api", "v1.0.0-uat");
      const values = `image: { repository: "${ground.host}/orders/api", tag: "x@${api}" }\nwait: { image: "${ground.host}/orders/api@${api}" }\n`;
      const chart = await ground.pushChart("charts/inventory", "1.0.0", ground.pack(chartFiles(values)));
      const spec = { chart: { spec: { url: `oci://${ground.host}/charts/inventory`, ref: { digest: chart } } } };
      ground.write({
        "api.yaml": deployment("api", `${ground.host}/orders/api@${api}`),
        "release.yaml": `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: x }\nspec: ${JSON.stringify(spec)}\n`,
      });
      const before = ground.log.length;
      const { code, stdout } = await ground.check();
      assert.equal(code, 0, stdout);
      const agents = [...ground.log.slice(before).matchAll(/HTTP\/1\.1" \d+ \d+ "[^"]*" "([^"]*)"/g)].map(
        ([, agent]) => agent,
      );
      // Manifest, referrers and record of the image; manifest and layer of the chart.
      assert.ok(agents.length >= 5, ground.log.slice(before));
      const [, leftOut = ""] = /UserAgent startswith [@]?['"]([^'"]+)['"]/.exec(lastActivity.text()) ?? [];
      assert.equal(leftOut, "dual-registry");
      for (const agent of agents) assert.ok(agent?.startsWith(leftOut), agent);
    } finally {
      await ground.end();
    }
  });
});
