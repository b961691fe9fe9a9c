import assert from "node:assert/strict";
import { findImages, setImages } from "../../../src/gitops/documents";

const DIGEST = `sha256:${"b".repeat(64)}` as const;
const RELEASE = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: inventory, namespace: shop }
spec:
  values:
    image:
      repository: registry.example.com/company/inventory
      # what runs
      tag: 1.10 # {"$imagepolicy": "flux-system:inventory:tag"}
`;

describe("findImages", () => {
  it("S3-5 reads a number-like tag as the text that stands there, and setImages writes it quoted", () => {
    const { images } = findImages("release.yaml", RELEASE);
    const [site] = images;
    assert.ok(site);
    const parts = { host: "registry.example.com", repository: "company/inventory", tag: "1.10" };
    assert.deepEqual({ host: site.host, repository: site.repository, tag: site.tag }, parts);
    assert.deepEqual(site.path, ["spec", "values", "image"]);
    const changed = setImages("release.yaml", RELEASE, [{ site, to: { tag: "1.20", digest: DIGEST } }]);
    assert.equal(changed, RELEASE.replace("tag: 1.10 #", `tag: 1.20@${DIGEST} #`));
    const tagged = setImages("release.yaml", RELEASE, [{ site, to: { tag: "1.20" } }]);
    assert.equal(tagged, RELEASE.replace("tag: 1.10 #", 'tag: "1.20" #'));
  });
});
