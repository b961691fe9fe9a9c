import { isUtf8 } from "node:buffer";
import { type Dirent, lstatSync, readdirSync, realpathSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { DualRegistryError } from "../../base/errors";
import { isMissing, readBounded } from "../../base/file";
import { quoted } from "../../base/text/quote";

/** How much of a repository is read; more is refused, since what is not read is not checked. */
const LIMITS = { entries: 250_000, depth: 40, fileBytes: 8 * 1024 * 1024, bytes: 512 * 1024 * 1024 } as const;

/** The files of a GitOps repository that manifests can stand in, by their paths in it, with `/` on every system. */
export interface RepositoryFolder {
  /** The real path of the folder. */
  root: string;
  /** YAML and JSON, in alphabetical order, without those of charts. */
  manifests: readonly string[];
  /** Folders with a Chart.yaml. */
  charts: ReadonlySet<string>;
  /** Kustomizations, which may have no ending, those in folders of charts too. */
  kustomizations: readonly string[];
  /** Links to something in the repository, by what they lead to, as a path in it. */
  links: ReadonlyMap<string, string>;
  /** Links that lead out of the repository, or into .git: nothing behind them is read. */
  linksOut: readonly string[];
  /** Links, pipes and whatever else is neither a folder nor a plain file. */
  irregular: readonly string[];
  /** Undefined for what is no UTF-8. @throws DualRegistryError CONTENT_INVALID for a file, or all that was read, over the limits */
  read: (name: string) => string | undefined;
}

const MANIFEST = /\.(?:ya?ml|json)$/i;
const KUSTOMIZATION_FILE = /(?:^|\/)kustomization(?:\.ya?ml)?$/i;
const CHART_FILE = /(?:^|\/)Chart\.ya?ml$/;

/** True for what Kustomize takes as a folder's kustomization. */
export const isKustomizationFile = (file: string): boolean => KUSTOMIZATION_FILE.test(file);

/**
 * Looks through a repository without following links. Files are read when they are asked for.
 *
 * @throws DualRegistryError USAGE for what is no folder or cannot be read; CONTENT_INVALID for more than the limits
 */
export function openFolder(folder: string): RepositoryFolder {
  const where = `Repository ${quoted(folder)}`;
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new DualRegistryError("USAGE", `${where}: not a folder; name the checkout of the GitOps repository`);
  }
  const root = realpathSync(folder);
  const names: string[] = [];
  const linksOut: string[] = [];
  const kustomizations: string[] = [];
  const irregular: string[] = [];
  const links = new Map<string, string>();
  for (const { name, entry } of entriesOf(root, where)) {
    if (!entry.isFile()) irregular.push(name);
    if (entry.isSymbolicLink()) {
      const target = targetOf(join(root, name), root);
      if (target === undefined) linksOut.push(name);
      else if (target !== "") links.set(name, target);
    } else if (entry.isFile() && isKustomizationFile(name)) kustomizations.push(name);
    else if (entry.isFile() && MANIFEST.test(name)) names.push(name);
  }
  const charts = new Set(names.filter((name) => CHART_FILE.test(name)).map((name) => posix.dirname(name)));
  const manifests = names.filter((name) => !isInChart(name, charts)).sort();
  return {
    root,
    manifests,
    kustomizations: kustomizations.sort(),
    links,
    charts,
    linksOut: linksOut.sort(),
    irregular,
    read: reader(root, where),
  };
}

/** True for a file of a chart: templates are no manifests, and values deploy nothing by themselves. */
function isInChart(name: string, charts: ReadonlySet<string>): boolean {
  for (let folder = posix.dirname(name); ; folder = posix.dirname(folder)) {
    if (charts.has(folder)) return true;
    if (folder === ".") return false;
  }
}

function reader(root: string, where: string): RepositoryFolder["read"] {
  let bytes = 0;
  return (name) => {
    const content = readBounded(join(root, name), LIMITS.fileBytes);
    bytes += content.length;
    if (bytes > LIMITS.bytes) throw tooMuch(where);
    return isUtf8(content) ? content.toString("utf8") : undefined;
  };
}

const tooMuch = (where: string) =>
  new DualRegistryError(
    "CONTENT_INVALID",
    `${where}: larger than allowed: ${LIMITS.entries} files and folders, ${LIMITS.depth} folders deep, ` +
      `${LIMITS.bytes / 1024 / 1024} MiB of manifests; name a folder in it`,
  );

/** Everything below a folder that is no folder itself, without .git. @throws DualRegistryError */
function* entriesOf(root: string, where: string): Generator<{ name: string; entry: Dirent }> {
  const open: { folder: string; depth: number }[] = [{ folder: "", depth: 0 }];
  let count = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.depth > LIMITS.depth) throw tooMuch(where);
    for (const entry of listFolder(join(root, next.folder), where)) {
      if (++count > LIMITS.entries) throw tooMuch(where);
      if (entry.name === ".git") continue;
      const name = posix.join(next.folder, entry.name);
      if (entry.isDirectory()) open.push({ folder: name, depth: next.depth + 1 });
      else yield { name, entry };
    }
  }
}

function listFolder(path: string, where: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (cause) {
    throw new DualRegistryError("USAGE", `${where}: ${quoted(path)} cannot be read; let this user read it`, { cause });
  }
}

/** What a link leads to, as a path in the repository; undefined outside it or inside .git, "" where it names nothing. */
function targetOf(path: string, root: string): string | undefined {
  try {
    const target = relative(root, realpathSync(path)).split(sep);
    return target[0] === ".." || target.includes(".git") ? undefined : target.join("/") || ".";
  } catch (error) {
    return isMissing(error) ? "" : undefined;
  }
}

/**
 * The part of a repository that files and folders name.
 *
 * @param names relative to the repository; none: all of it
 * @returns true for what lies in it
 * @throws DualRegistryError USAGE for a name outside the repository, or of nothing in it
 */
export function scopeOf({ root }: Pick<RepositoryFolder, "root">, names: readonly string[]): (name: string) => boolean {
  const parts = names.map((name) => {
    const path = posix.normalize(name.split(sep).join("/")).replace(/\/$/, "");
    const isInside = !posix.isAbsolute(path) && path !== ".." && !path.startsWith("../");
    if (isInside && lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined) return path;
    const allowed = "allowed: files and folders of the repository, by their paths in it";
    throw new DualRegistryError("USAGE", `${quoted(name)}: not in the repository; ${allowed}`);
  });
  if (parts.length === 0 || parts.includes(".")) return () => true;
  return (name) => parts.some((part) => name === part || name.startsWith(`${part}/`));
}
