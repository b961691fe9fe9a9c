import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { DualRegistryError } from "../../base/errors";
import { explainedDisk, isMissing } from "../../base/file";
import { quoted } from "../../base/text/quote";
import { HOUR_MS } from "../../base/time";

/** The file by which a folder is known to be a site of ours, which may be replaced. */
const MARK = ".dualreg-labels";

/** A site that is written beside its place, and takes it when it is whole. */
export interface SiteFolder {
  /** Writes a page. @param path of parts that are ours or a repository's, never a text from outside */
  write: (path: readonly string[], text: string) => Promise<void>;
  /** Puts the site in its place. */
  finish: () => void;
  /** Takes away what was written. */
  discard: () => void;
}

/**
 * Begins a site. Its folder is not there yet, empty, or a site of ours: everything else is somebody's, and stays.
 *
 * @throws DualRegistryError USAGE for a folder that holds something else; REGISTRY_REFUSED for a full disk
 */
export function beginSite(dir: string): SiteFolder {
  const place = resolve(dir);
  const [parent, name] = [dirname(place), basename(place)];
  const beside = (what: string) => join(parent, `.${name}.${randomUUID()}.${what}`);
  const next = beside("next");
  const fail = (error: unknown) => explainedDisk(error, quoted(place));
  try {
    refuseForeign(place);
    mkdirSync(parent, { recursive: true });
    clearLeftOver(parent, name);
    mkdirSync(next);
    writeFileSync(join(next, MARK), "A site of dualreg labels: it is replaced as a whole.\n");
  } catch (error) {
    throw fail(error);
  }
  const made = new Set<string>();
  return {
    write: async (path, text) => {
      const folder = join(next, ...path.slice(0, -1));
      try {
        if (!made.has(folder)) await mkdir(folder, { recursive: true });
        made.add(folder);
        await writeFile(join(folder, path.at(-1) ?? ""), text);
      } catch (error) {
        throw fail(error);
      }
    },
    finish: () => {
      const before = beside("before");
      try {
        refuseForeign(place);
        try {
          renameSync(place, before);
        } catch (error) {
          if (!isMissing(error)) throw error;
        }
        renameSync(next, place);
      } catch (error) {
        throw fail(error);
      }
      rmSync(before, { recursive: true, force: true });
    },
    discard: () => rmSync(next, { recursive: true, force: true }),
  };
}

function refuseForeign(place: string): void {
  let names: string[];
  try {
    names = readdirSync(place);
  } catch (error) {
    if (isMissing(error) && !isFile(place)) return;
    throw new DualRegistryError("USAGE", `--out ${quoted(place)}: not a folder; name one that is empty or not there`);
  }
  if (names.length === 0 || names.includes(MARK)) return;
  const why = "holds files that are not a site of this command";
  throw new DualRegistryError("USAGE", `--out ${quoted(place)} ${why}; name a folder that is empty or not there`);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** What runs that were killed left beside the place, an hour ago or more. */
function clearLeftOver(parent: string, name: string): void {
  const ours = (one: string) => one.startsWith(`.${name}.`) && /\.[0-9a-f-]{36}\.(?:next|before)$/.test(one);
  for (const one of readdirSync(parent).filter(ours)) {
    const path = join(parent, one);
    if (Date.now() - statSync(path).mtimeMs > HOUR_MS) rmSync(path, { recursive: true, force: true });
  }
}
