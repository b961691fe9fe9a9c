import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startContainerd } from "./containerd";
import { playScenes, SCENE_PLACES, withoutMachine } from "./scenes";
import { startTwoRegistries } from "./world";

/** Writes test/fixtures/pulls/containerd-*.log anew: as root, with containerd, by `node --import tsx` on this file. */
async function keepFixtures(): Promise<void> {
  const registries = await startTwoRegistries(SCENE_PLACES);
  const containerd = await startContainerd();
  try {
    for (const [name, lines] of Object.entries(playScenes(containerd, registries))) {
      writeFileSync(
        join(__dirname, "../../fixtures/pulls", `containerd-${name}.log`),
        withoutMachine(lines, registries),
      );
    }
  } finally {
    await containerd.stop();
    await registries.stop();
  }
}

void keepFixtures();
