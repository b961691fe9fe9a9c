import assert from "node:assert/strict";
import { readTree } from "../../src/oci/copy/tree";
import { platformsOf } from "../../src/oci/imageDetails";
import { openLayout } from "../../src/oci/layout/layoutStore";
import { AS_ATTESTATION, attestation } from "../support/images/attestations";
import { image } from "../support/images/image";
import { indexOf } from "../support/images/indexes";
import { LayoutBuilder } from "../support/images/layoutBuilder";
import { artifact, bareArtifact } from "../support/images/oddities";
import { workFolder } from "../support/images/workFolder";

describe("platformsOf", () => {
  const folder = workFolder();
  const digestsOf = async (): Promise<readonly string[]> =>
    platformsOf(await readTree(await openLayout(folder()), "v1")).map(({ digest }) => digest);

  it("S2-10 platformsOf leaves out statements, and nothing that could run, whatever the index calls it", async () => {
    const layout = await LayoutBuilder.begin(folder());
    const open = await image(layout, { seed: "open" });
    const hidden = await image(layout, { seed: "hidden" });
    const typed = { ...hidden.descriptor, ...AS_ATTESTATION, artifactType: "application/vnd.example.note" };
    const listed = [open.descriptor, typed, { ...(await attestation(layout)), ...AS_ATTESTATION }];
    await indexOf(layout, listed, { tag: "v1" });
    assert.deepEqual([...(await digestsOf())].sort(), [open.descriptor.digest, hidden.descriptor.digest].sort());
  });

  it("platformsOf takes an artifact for something that could run: a gate must not be empty", async () => {
    const layout = await LayoutBuilder.begin(folder());
    const note = await artifact(layout);
    const bare = await bareArtifact(layout);
    await indexOf(layout, [note, bare], { tag: "v1" });
    assert.equal((await digestsOf()).length, 2);
  });
});
