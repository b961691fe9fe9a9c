import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ImageClass } from "../../src/domain/image/imageClass";
import { showConsole } from "../../test/support/console/shown";
import { outputsFor } from "../../test/support/release/outputsFor";
import { Cleanup } from "../stage/cleanup";
import { misplace } from "../stage/misplace";
import { type PlacedImage, publishSample } from "../stage/product";
import { type Runtime, startPuller } from "../stage/pullers";
import { logPulls, pullImage, pullLogFile } from "../stage/pulls";
import { startStages } from "../stage/stages";
import type { QaEvidence } from "./evidence";

/** What QA looks at: a stage of which signatures are demanded, whose registries ask nobody who comes. */
const PLANNED = outputsFor({
  ...{ stage: "qa", host: "localhost", kind: "distribution" },
  policy: { signature: true, signers: [] },
});

/** Where the secure image is put that is pulled from the standard registry. */
const MISPLACED = "orders/console";

/** A stage on this machine, with all that a run of QA looks at. */
export interface LocalQa {
  evidence: QaEvidence & Required<Pick<QaEvidence, "pullLog" | "registryLog" | "console">>;
  /** What pulled the images. */
  runtime: string;
  stop: () => Promise<void>;
}

/**
 * Starts two registries and a console, publishes a signed image to each class, pulls both, and a secure image from the
 * standard registry at last.
 *
 * @param say gets what it does
 * @param runtime that pulls. Default: containerd where it may run, else skopeo
 */
export async function startLocalStage(say: (text: string) => void, runtime?: Runtime): Promise<LocalQa> {
  const cleanup = new Cleanup();
  const dir = mkdtempSync(join(tmpdir(), "dualreg-qa-"));
  cleanup.add(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  const stop = () => cleanup.run();
  try {
    say("Starting two registries and a console");
    const stages = await startStages({ dir, planned: new Map([["qa", PLANNED]]), asksLogin: false, cleanup });
    const [stage] = stages.stages;
    if (stage === undefined) throw new Error("No stage was started");
    const shown = await showConsole({ outputs: stage.outputs });
    cleanup.add(shown.stop);

    say("Publishing a signed image to each class");
    const images = await publishSample(stages, stage);
    const [secure, standard] = [imageOf(images, "secure"), imageOf(images, "standard")];
    const misplaced = await misplace(stages, stage, secure, MISPLACED);

    const puller = await startPuller(dir, runtime);
    cleanup.add(() => puller.stop());
    say(`Pulling with ${puller.name}`);
    const lines = (await pullImage(puller, stage, secure)) + (await pullImage(puller, stage, standard));
    const { file } = await logPulls(stage, puller, lines, { file: pullLogFile(dir, stage) });
    // What comes now is not to be in it: a run looks at the two logs of the same time.
    const registryLog = join(dir, "registries.jsonl");
    copyFileSync(stage.audit.file, registryLog);
    const wrongPull = { source: puller.source, text: await pullImage(puller, stage, misplaced, "standard") };
    const builtLabels = { secure: secure.labels, standard: standard.labels };
    return {
      evidence: {
        ...{ outputs: stage.file, registryLog, builtLabels, wrongPull, pullLog: file },
        console: { url: shown.address },
      },
      runtime: puller.name,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function imageOf(images: readonly PlacedImage[], imageClass: ImageClass): PlacedImage {
  const found = images.find((one) => one.class === imageClass);
  if (found === undefined) throw new Error(`No ${imageClass} image was published`);
  return found;
}
