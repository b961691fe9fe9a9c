import { SECRET, UNKNOWN } from "../../base/placeholders";
import { DualRegistryError } from "../../base/errors";
import { isObject } from "../../base/json";
import { escapeUnsafeLines } from "../../base/text/unsafe";
import type { Recordings } from "./render";

/** How many outputs an error names. */
const NAMED = 3;

/**
 * The outputs of one stage as `pulumi stack output --json` will write them: what the image commands read, for a stage
 * whose registries stand already (`mode: reference`) and that nobody has deployed.
 *
 * @throws DualRegistryError USAGE for several stages, CONFIG_INVALID where an output is known to the cloud alone
 */
export function renderOutputs(recordings: Recordings): string {
  const [[stage, recording] = [undefined, undefined], ...others] = [...recordings];
  if (stage === undefined || others.length > 0) {
    const names = [...recordings.keys()].join(", ");
    throw new DualRegistryError(
      "USAGE",
      `--format outputs writes one stage: add --stage with one of ${names}, or --out`,
    );
  }
  const { outputs } = recording;
  const open = openPaths(outputs, "");
  if (open.length > 0) {
    const more = open.length > NAMED ? ` and ${open.length - NAMED} more` : "";
    throw new DualRegistryError(
      "CONFIG_INVALID",
      `outputs of ${stage}: ${open.slice(0, NAMED).join(", ")}${more} are known once the stage is deployed; deploy it and ` +
        `run pulumi stack output --json --stack ${stage}, or name registries that stand already (mode: reference)`,
    );
  }
  return `${escapeUnsafeLines(JSON.stringify(outputs, undefined, 2))}\n`;
}

/** Where something is unknown or secret: `registries.secure.id`. */
function openPaths(value: unknown, path: string): string[] {
  if (typeof value === "string") return value === SECRET || value.includes(UNKNOWN) ? [path] : [];
  if (!isObject(value) && !Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => openPaths(inner, path === "" ? key : `${path}.${key}`));
}
