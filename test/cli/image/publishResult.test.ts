import assert from "node:assert/strict";
import { digestOf } from "../../../src/base/digest";
import { type Compression, publishResult, publishText } from "../../../src/cli/image/publish";
import { tagRules } from "../../../src/domain/image/tags";
import { NO_LOCKS } from "../../../src/images/locks";
import type { PhaseTime } from "../../../src/images/phases";
import type { Published } from "../../../src/images/publish";
import { openRegistry } from "../../../src/oci/registry/session";
import { buildOf, COMMIT } from "../../support/release/world";
import { schemeOf } from "../../support/scheme";

const DIGEST = digestOf(Buffer.from("{}"));

/** What a publication leaves behind that was done by others; no registry is asked. */
function finished(
  locked: boolean | null = true,
): Parameters<typeof publishResult>[0] & { published: Omit<Published, "recorded"> } {
  const session = openRegistry("registry.example.com", {
    credentials: () => Promise.resolve({ kind: "anonymous", from: "the test" }),
  });
  const target = session.repository("orders/api");
  return {
    tags: ["v1.2.3", COMMIT],
    build: buildOf("v1.2.3"),
    destination: {
      ...{
        stage: "prod",
        ...schemeOf(),
        class: "secure",
        repository: "orders/api",
        target,
        path: "orders/api",
        hosts: [],
        tagRules: tagRules("prod", schemeOf()),
      },
      ...{ policy: { signature: false, signers: [] }, locks: NO_LOCKS, settles: false },
      ...{ gate: "signed-off", roles: [] },
    },
    published: {
      ...{ digest: DIGEST, referrers: [DIGEST], locked },
      copied: {
        digest: DIGEST,
        outcomes: { sent: 2, mounted: 1, present: 3 },
        sentBytes: 1_400_000_000,
        manifests: 1,
        isIndex: false,
      },
    },
  };
}

/** Its result, after phases that took so long. */
const resultOf = (times: readonly PhaseTime[], compression?: Compression, locked?: boolean | null) => {
  const { published, ...request } = finished(locked);
  return publishResult(request, published, times, compression);
};

const took = (...milliseconds: number[]) => milliseconds.map((each, at) => ({ phase: `p${at}`, milliseconds: each }));

describe("publishResult", () => {
  it("publishResult warns of a publication over three minutes, and of none that takes just that (S1-24)", () => {
    const slow = resultOf(took(100_000, 80_001));
    assert.deepEqual(slow.warnings, ["The publication took 3 min 0 s, and a usual one takes less than 3 min"]);
    assert.deepEqual(resultOf(took(100_000, 80_000)).warnings, []);
  });

  it("publishText says digest, tags, lock, blobs, ratio, each phase's time and the warning (S1-10, S1-24)", () => {
    const stats = { uncompressed: 3_000_000, compressed: 1_000_000 };
    const text = publishText(resultOf(took(120_000, 65_000), stats));
    assert.equal(
      text,
      [
        `registry.example.com/orders/api@${DIGEST}`,
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
    const result = resultOf([], undefined, null);
    assert.equal(result.locked, null);
    assert.ok(!publishText(result).includes("locked") && !publishText(result).includes("compressed"));
  });
});
