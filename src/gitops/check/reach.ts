import { readdirSync, realpathSync, statSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { isKustomizationFile, type RepositoryFolder } from "./folder";
import { type Kustomization, readKustomization } from "./kustomization";
import type { RepositoryObject } from "./objects";
import type { ReleasePatch } from "./releasePatch";

/** A release as a kustomization makes it; `by` is the last one that patched it, absent for the release as it stands. */
interface MadeRelease {
  value: unknown;
  by?: string;
}

/**
 * The files of a check: those in its scope, and what their kustomizations name, whatever the ending. A set that grows while
 * it is gone through.
 */
export class Reach {
  private readonly files: Set<string>;
  /**
   * Files in the scope itself that no kustomization stands beside or above, and kustomizations that none stands above: Flux,
   * given the scope, applies each of them by itself. Source: Flux, "Generating a kustomization.yaml file".
   */
  private readonly loose: ReadonlySet<string>;
  /** Files that a kustomization puts together, by its file. */
  private readonly named = new Map<string, string[]>();
  /** Patches of releases, by the file of their kustomization. */
  private readonly patches = new Map<string, readonly ReleasePatch[]>();
  private readonly patchFiles = new Set<string>();
  private readonly applied = new Set<ReleasePatch>();
  private readonly made: { kind: string; name: string; file: string }[] = [];

  constructor(
    private readonly folder: RepositoryFolder,
    inScope: (name: string) => boolean,
  ) {
    this.files = new Set([...folder.manifests, ...folder.kustomizations].filter(inScope));
    const ruled = new Set(folder.kustomizations.map((file) => posix.dirname(file)));
    const ruling = (file: string) => foldersAbove(isKustomizationFile(file) ? posix.dirname(file) : file);
    this.loose = new Set([...this.files].filter((file) => !ruling(file).some((above) => ruled.has(above))));
    for (const [link, target] of folder.links)
      if (inScope(link)) this.filesOf(target).forEach((at) => this.files.add(at));
  }

  /** Files in the order they are found: those that are added while this goes on come last. */
  all(): Iterable<string> {
    return this.files;
  }

  has(file: string): boolean {
    return this.files.has(file);
  }

  /** Takes in what a file names. @returns what it decides past the manifests */
  follow(file: string, text: string): Kustomization["decides"] {
    const from = posix.dirname(file);
    const open = (name: string) => {
      const at = this.resolve(posix.join(from, name));
      return at?.isFile === true ? this.folder.read(at.path) : undefined;
    };
    const read = readKustomization(file, text, open);
    const named = [...read.names.map((name) => posix.join(from, name)), ...read.folders].flatMap((name) => {
      const at = this.resolve(name);
      return at === undefined ? [] : this.filesOf(at.path);
    });
    for (const one of named) this.files.add(one);
    if (named.length > 0 || read.generated.length > 0) this.named.set(file, named);
    if (read.patches.length > 0) this.patches.set(file, read.patches);
    for (const name of read.patchFiles) {
      const at = this.resolve(posix.join(from, name));
      if (at !== undefined && (from === "." || at.path.startsWith(`${from}/`))) this.patchFiles.add(at.path);
    }
    this.made.push(...read.generated.map((one) => ({ ...one, file })));
    return read.decides;
  }

  /**
   * Why values of a release are not what a file says: another kustomization may have an object of the same name.
   *
   * @param object with the file that it stands in, or none for what a kustomization makes
   */
  whyNot({ kind, name, file }: { kind: string; name: string; file?: string }, from: string): string | undefined {
    if (kind !== "ConfigMap" && kind !== "Secret") return undefined;
    const closures = [...this.named.keys()].map((top) => this.closure(top)).filter((all) => all.has(from));
    const isTogether = (other: string) => closures.length === 0 || closures.some((all) => all.has(other));
    if (file === undefined) {
      const by = this.made.find((one) => one.kind === kind && one.name === name && isTogether(one.file));
      return by && `${kind} ${name} is made by a generator in ${by.file}, which is not read; write it as a manifest`;
    }
    if (!this.files.has(file))
      return `${kind} ${name} stands in ${file}, which is not among what is checked; name it too`;
    return isTogether(file)
      ? undefined
      : `${kind} ${name} stands in ${file}, which no kustomization deploys with ${from}`;
  }

  /** True for a file of patches, which a kustomization above it applies and nobody deploys: what stands in it is no release. */
  isPatch(file: string): boolean {
    if (!this.patchFiles.has(file) || this.loose.has(file)) return false;
    return ![...this.named.values()].some((named) => named.includes(file));
  }

  /**
   * A release as each kustomization makes it that nobody else names, or that Flux applies by itself too: with its own patches, and those before it of the
   * kustomizations that it names. A release that no kustomization names, or that Flux applies by itself too, is as it stands.
   *
   * @returns with what could not be patched, in words
   */
  releasesOf(release: RepositoryObject): (MadeRelease | { by: string; why: string })[] {
    if (this.patches.size === 0) return [{ value: release.value }];
    const closures = new Map([...this.named.keys()].map((file) => [file, this.closure(file)] as const));
    const isNamed = (file: string) => [...closures].some(([other, all]) => other !== file && all.has(file));
    const tops = [...closures].filter(
      ([file, all]) => all.has(release.file) && (this.loose.has(file) || !isNamed(file)),
    );
    if (tops.length === 0) return [{ value: release.value }];
    const asItStands = this.loose.has(release.file) ? [{ value: release.value }] : [];
    const made = tops.map(([, all]) => {
      const makers = [...closures].filter(([file, own]) => all.has(file) && own.has(release.file));
      const inner = makers.sort(([, one], [, other]) => one.size - other.size).map(([file]) => file);
      return this.patched(release, inner);
    });
    return [...asItStands, ...made];
  }

  private patched(release: RepositoryObject, makers: readonly string[]): MadeRelease | { by: string; why: string } {
    let made: MadeRelease = { value: release.value };
    for (const by of makers) {
      for (const patch of this.patches.get(by) ?? []) {
        if (!isFor(patch, release)) continue;
        this.applied.add(patch);
        const value = patch.apply(made.value);
        if (value === undefined)
          return { by, why: `a patch of ${by} cannot be applied to HelmRelease ${release.name}` };
        made = { value, by };
      }
    }
    return made;
  }

  /** Kustomizations with a patch that is for none of the releases looked at: what it changes is not known. */
  unapplied(): string[] {
    return [...this.patches].flatMap(([file, patches]) =>
      patches.every((patch) => this.applied.has(patch)) ? [] : [file],
    );
  }

  /** A kustomization with all that it names, and what that names. */
  private closure(top: string): ReadonlySet<string> {
    const all = new Set([top]);
    for (const file of all) for (const one of this.named.get(file) ?? []) all.add(one);
    return all;
  }

  /** A file or folder of the repository, links followed; undefined where there is none in it. */
  private resolve(name: string): { path: string; isFile: boolean } | undefined {
    const { root } = this.folder;
    if (name.includes("\n") || name.length > 1_000) return undefined;
    try {
      const real = realpathSync(join(root, name));
      const path = relative(root, real).split(sep).join("/");
      if (path === ".." || path.startsWith("../") || path.split("/").includes(".git")) return undefined;
      return { path: path === "" ? "." : path, isFile: statSync(real).isFile() };
    } catch {
      return undefined;
    }
  }

  /** A file; a folder's kustomization; or all manifests below a folder without one, as Flux takes them. */
  private filesOf(name: string): string[] {
    const at = this.resolve(name);
    if (at === undefined) return [];
    if (at.isFile) return [at.path];
    const inside = readdirSync(join(this.folder.root, at.path)).map((each) => posix.join(at.path, each));
    const own = inside.filter((each) => isKustomizationFile(each));
    if (own.length > 0) return own;
    const { manifests, kustomizations } = this.folder;
    return [...manifests, ...kustomizations].filter((file) => at.path === "." || file.startsWith(`${at.path}/`));
  }
}

const isFor = ({ name, namespace }: ReleasePatch, release: RepositoryObject): boolean =>
  (name ?? release.name) === release.name &&
  (namespace === undefined || release.namespace === undefined || namespace === release.namespace);

/** The folder of a file, and all above it. */
function foldersAbove(file: string): string[] {
  const folder = posix.dirname(file);
  return folder === "." ? ["."] : [folder, ...foldersAbove(folder)];
}
