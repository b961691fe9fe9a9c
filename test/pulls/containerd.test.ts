import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type PullLine, pullLog } from "../../src/pulls";
import { type Containerd, startContainerd, whyNoContainerd } from "../support/pulls/containerd";
import { playScenes, SCENE_PLACES, withoutMachine } from "../support/pulls/scenes";
import { qaStage, startTwoRegistries, type TwoRegistries } from "../support/pulls/world";

const why = whyNoContainerd();

async function linesOf(text: string): Promise<PullLine[]> {
  const lines: PullLine[] = [];
  const options = { source: "containerd" as const, stage: qaStage(), now: () => new Date() };
  for await (const line of pullLog(Readable.from([text]), options, { lines: 0, unreadable: 0 })) lines.push(line);
  return lines;
}

(why === undefined ? describe : describe.skip)(
  `containerd${why === undefined ? "" : ` (skipped: ${why})`}`,
  function () {
    this.timeout(120_000);
    let registries: TwoRegistries | undefined;
    let containerd: Containerd | undefined;
    after(async () => {
      await containerd?.stop();
      await registries?.stop();
    });

    it("S0-6 S0-7 containerd's lines of today say what the kept ones say: who was asked, who answered, and the verdict", async () => {
      registries = await startTwoRegistries(SCENE_PLACES);
      containerd = await startContainerd();
      const { digest } = registries;
      for (const [name, text] of Object.entries(playScenes(containerd, registries))) {
        const kept = await linesOf(readFileSync(join(__dirname, `../fixtures/pulls/containerd-${name}.log`), "utf8"));
        const made = await linesOf(withoutMachine(text, registries));
        const timeless = (line: PullLine) => ({ ...line, time: "" });
        assert.deepEqual(made.map(timeless), kept.map(timeless), name);
        if (name !== "missing") assert.equal(made[0]?.digest, digest);
      }
    });
  },
);
