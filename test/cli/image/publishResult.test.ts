import assert from "node:assert/strict";
import { digestOf } from "../../../src/base/digest";
import { publishResult, publishText } from "../../../src/cli/image/publish";
import { tagRules } from "../../../src/domain/image/tags";
import { NO_LOCKS } from "../../../src/images/locks";
import type { PublishState } from "../../../src/images/types";
import { copyPlace } from "../../../src/oci/copy/copyImage";
import type { ImageTree } from "../../../src/oci/copy/tree";
import { openRegistry } from "../../../src/oci/registry/session";
import { makeVerifier } from "../../../src/signing/verifier";
import { buildOf, COMMIT } from "../../support/release/world";

const BYTES = Buffer.from("{}");
const MANIFEST = { bytes: BYTES, digest: digestOf(BYTES), mediaType: "application/vnd.oci.image.manifest.v1+json" };

/** What a publication leaves behind that was done by others; no registry is asked. */
function finished(): PublishState {
  const session = openRegistry("registry.example.com", {
    credentials: () => Promise.resolve({ kind: "anonymous", from: "the test" }),
  });
  const target = session.repository("orders/api");
  const root = { ...MANIFEST, content: { manifests: [], layers: [], annotations: {} } };
  const tree: ImageTree = { root, manifests: [root], blobs: [] };
  return {
    ...{ source: target, reference: "v1", tags: ["v1.2.3", COMMIT], build: buildOf("v1.2.3"), scans: [], sboms: [] },
    ...{ targets: ["prod"], binding: "portable", tree, referrers: [MANIFEST.digest], written: [], locked: true },
    copied: {
      digest: MANIFEST.digest,
      outcomes: { sent: 2, mounted: 1, present: 3 },
      sentBytes: 1_400_000_000,
      manifests: 1,
      isIndex: false,
    },
    destination: {
      ...{ stage: "prod", class: "secure", target, path: "orders/api", hosts: [], tagRules: tagRules("prod") },
      ...{ policy: { signature: false, signers: [] }, locks: NO_LOCKS, settles: false },
    },
    tools: { verifier: makeVerifier(), place: copyPlace(), now: () => new Date() },
  };
}

const took = (...milliseconds: number[]) => milliseconds.map((each, at) => ({ phase: `p${at}`, milliseconds: each }));

describe("publishResult", () => {
  it("publishResult warns of a publication over three minutes, and of none that takes just that (S1-24)", () => {
    const slow = publishResult(finished(), took(100_000, 80_001), undefined);
    assert.deepEqual(slow.warnings, ["The publication took 3 min 0 s, and a usual one takes less than 3 min"]);
    assert.deepEqual(publishResult(finished(), took(100_000, 80_000), undefined).warnings, []);
  });

  it("publishText says digest, tags, lock, blobs, ratio, each phase's time and the warning (S1-10, S1-24)", () => {
    const stats = { uncompressed: 3_000_000, compressed: 1_000_000 };
    const text = publishText(publishResult(finished(), took(120_000, 65_000), stats));
    assert.equal(
      text,
      [
        `registry.example.com/orders/api@${MANIFEST.digest}`,
        `tags: v1.2.3, ${COMMIT}, locked`,
        "attached: 1",
        "blobs: 2 sent (1.4 GB), 1 mounted, 3 there already",
        "compressed: 3.0 MB to 1.0 MB, 3.00 to 1",
        "times: p0 2 min 0 s, p1 1 min 5 s",
        "Warning: The publication took 3 min 5 s, and a usual one takes less than 3 min",
        "",
      ].join("\n"),
    );
  });

  it("publishResult says null of a lock that the regime does not ask for", () => {
    const { locked, ...state } = finished();
    assert.equal(locked, true);
    const result = publishResult(state, [], undefined);
    assert.equal(result.locked, null);
    assert.ok(!publishText(result).includes("locked") && !publishText(result).includes("compressed"));
  });
});
