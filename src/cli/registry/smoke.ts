import type { Digest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { parseReference } from "../../base/reference";
import { timeText } from "../../base/text/units";
import { runTransaction, type Transaction } from "../../images/phases";
import { deleteTiny, pullTiny, pushTiny, tinyImage } from "../../images/smoke";
import type { ImageTarget, RegistrySession } from "../../oci";
import { withRegistries } from "../image/context";
import type { ResultFormat } from "../image/options";
import type { Surroundings } from "../previewRun";
import { runSmokeAs } from "./smokeAs";

export interface SmokeOptions {
  format: ResultFormat;
  /** The next three go together: whose line of the access matrix is tried out. */
  stage?: string;
  as?: string;
  outputs?: string;
}

const QUIET = { total: () => undefined, bytes: () => undefined, note: () => undefined };

/** Pushes an image of a few bytes, pulls it and takes it away again. */
function smokeTest(session: RegistrySession, target: ImageTarget): Transaction<Digest> {
  const image = tinyImage();
  return {
    phases: ["login", "push", "pull and compare", "delete"],
    run: async (phase) => {
      await phase("login", () => session.ping());
      await phase("push", () => pushTiny(target, image));
      await phase("pull and compare", () => pullTiny(target, image));
      await phase("delete", () => deleteTiny(target, image));
      return image.manifest.digest;
    },
  };
}

/**
 * Runs the smoke test and says how long each part took; a part that fails ends it with the reason.
 *
 * @param text `host/path`, which may do everything; absent where an identity's rights are tried out
 */
export async function runSmoke(
  text: string | undefined,
  options: SmokeOptions,
  around: Surroundings,
): Promise<ExitCode> {
  const { as, stage, outputs, format } = options;
  if (as !== undefined && stage !== undefined && outputs !== undefined && text === undefined) {
    return runSmokeAs({ as, stage, outputs, format }, around);
  }
  if (text === undefined || as !== undefined || stage !== undefined || outputs !== undefined) {
    const either = "name a repository (host/path), or --stage, --as and --outputs";
    throw new DualRegistryError("USAGE", `registry smoke: ${either}, not a part of both`);
  }
  const { host, repository } = parseReference(text);
  return withRegistries<ExitCode>(around, async (registries) => {
    const session = registries.session(host);
    const target = session.repository(repository);
    const listener = { begin: () => QUIET, end: () => undefined };
    const { result: digest, times: phases } = await runTransaction(smokeTest(session, target), listener);
    const result = { repository: target.name, digest, phases };
    const line = phases.map(({ phase, milliseconds }) => `${phase} ${timeText(milliseconds)}`).join(", ");
    around.stdout.write(format === "json" ? formatJson(result) : `${target.name}: ${line}\n`);
    return 0;
  });
}
