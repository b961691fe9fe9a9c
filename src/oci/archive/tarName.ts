import { posix } from "node:path";
import { DualRegistryError } from "../../errors";

/**
 * The name of an entry of a tar file, without `./` and doubled slashes.
 *
 * @throws DualRegistryError CONTENT_INVALID for a name that leads out of the archive
 */
export function tarName(name: string, where: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (!name.startsWith("/") && !parts.includes("..")) return parts.join("/");
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${where}: entry ${JSON.stringify(name.slice(0, 200))} leads out of the archive; allowed: names inside it`,
  );
}

/** What a link of a tar file stands for: a hard link says it from the archive's root, a symbolic one from its folder. */
export function linkTarget(link: { name: string; target: string; symbolic: boolean }, where: string): string {
  if (!link.symbolic || link.target.startsWith("/")) return tarName(link.target, where);
  const joined = posix.join(posix.dirname(link.name), link.target);
  return tarName(joined, where);
}
