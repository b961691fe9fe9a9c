import { type Dirent, lstatSync, readdirSync, realpathSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { gunzipSync } from "node:zlib";
import { DualRegistryError } from "../../base/errors";
import { isMissing, readBounded } from "../../base/file";
import { quoted } from "../../base/text/quote";

/** How much of a checkout is read; more is refused, since what is not read is not spared. */
const LIMITS = { files: 50_000, depth: 30, fileBytes: 16 * 1024 * 1024, bytes: 512 * 1024 * 1024 } as const;

/** One file of a checkout, as text. */
export interface CheckoutFile {
  /** Its path in the checkout. */
  name: string;
  text: string;
}

/** Archives that cannot be looked into, and may hold manifests. */
const SEALED = /\.(?:zip|7z|rar|t?xz|t?bz2?|tbz|zst|tzst|lz4?|age|gpg)$/i;
/** Files that a deployment may be made of, whose content Git LFS may keep elsewhere. */
const DEPLOYED_FROM = /\.(?:ya?ml|json[5c]?|tgz|t?gz|tar|env|tpl|toml|jsonnet|libsonnet|hcl|tf|cue|properties)$/i;
const LFS = "version https://git-lfs.github.com/spec/";

/**
 * Every file of a checkout but those of .git: text as it is, packed charts (gzip) unpacked, anything else without its zero
 * bytes, which also reads UTF-16. Links are not followed; one that stays in the checkout leads to what is read anyway.
 *
 * @throws DualRegistryError USAGE for what is no folder or cannot be read; CONTENT_INVALID for more than the limits, for a
 * link out of the checkout, an archive that is not read, a submodule or a file of Git LFS that is not there
 */
export function* readCheckout(folder: string): Generator<CheckoutFile> {
  const where = `Repository ${quoted(folder)}`;
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new DualRegistryError("USAGE", `${where}: not a folder; name the checkout of the GitOps repository`);
  }
  const root = realpathSync(folder);
  let files = 0;
  let bytes = 0;
  for (const { path, entry } of entriesOf(root, where)) {
    const name = relative(root, path);
    const refuse = (why: string): DualRegistryError =>
      new DualRegistryError("CONTENT_INVALID", `${where}: ${quoted(name)} ${why}; what it names would not be spared`);
    if (entry.isSymbolicLink()) {
      if (leadsOut(path, root)) throw refuse("is a link out of the checkout");
      continue;
    }
    if (!entry.isFile()) throw refuse("is neither file, folder nor link");
    if (++files > LIMITS.files) throw tooMuch(where);
    const content = readFile(path, refuse);
    bytes += content.length;
    if (bytes > LIMITS.bytes) throw tooMuch(where);
    const text = textOf(content);
    if (text.startsWith(LFS) && DEPLOYED_FROM.test(name)) throw refuse("is kept by Git LFS and not checked out");
    if (name.split(sep).at(-1) === ".gitmodules") requireSubmodules(text, join(path, ".."), refuse);
    yield { name, text };
  }
}

const tooMuch = (where: string) =>
  new DualRegistryError(
    "CONTENT_INVALID",
    `${where}: larger than allowed: ${LIMITS.files} files, ${LIMITS.depth} folders deep, ` +
      `${LIMITS.bytes / 1024 / 1024} MiB; name a folder in it`,
  );

/** The entries below a folder that are no folders themselves. @throws DualRegistryError */
function* entriesOf(root: string, where: string): Generator<{ path: string; entry: Dirent }> {
  const open: { path: string; depth: number }[] = [{ path: root, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.depth > LIMITS.depth || open.length > LIMITS.files) throw tooMuch(where);
    for (const entry of listFolder(next.path, where)) {
      const path = join(next.path, entry.name);
      if (entry.name === ".git") continue;
      if (entry.isDirectory()) open.push({ path, depth: next.depth + 1 });
      else yield { path, entry };
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

/** True for a link to something outside the checkout or inside .git; one that leads nowhere names nothing. */
function leadsOut(path: string, root: string): boolean {
  try {
    const target = relative(root, realpathSync(path));
    return target === ".." || target.startsWith(`..${sep}`) || target.split(sep).includes(".git");
  } catch (error) {
    if (isMissing(error)) return false;
    return true;
  }
}

function readFile(path: string, refuse: (why: string) => DualRegistryError): Buffer {
  const content = readBounded(path, LIMITS.fileBytes);
  if (SEALED.test(path)) throw refuse("is packed or sealed in a way that is not read: leave it out of the folder");
  if (content[0] !== 0x1f || content[1] !== 0x8b) return content;
  try {
    return gunzipSync(content, { maxOutputLength: 4 * LIMITS.fileBytes });
  } catch {
    throw refuse("cannot be unpacked, or is too large");
  }
}

const textOf = (content: Buffer): string => {
  const text = content.includes(0) ? content.toString("latin1").replaceAll("\0", "") : content.toString("utf8");
  return text.replace(/^(?:\ufeff|\u00ff\u00fe|\u00fe\u00ff)/, "").replaceAll("\r\n", "\n");
};

/** A submodule that is not checked out is a folder that is empty or missing. */
function requireSubmodules(text: string, folder: string, refuse: (why: string) => DualRegistryError): void {
  for (const [, path = ""] of text.matchAll(/^\s*path\s*=\s*(\S.*?)\s*$/gm)) {
    const there = lstatSync(join(folder, path), { throwIfNoEntry: false })?.isDirectory() === true;
    if (!there || readdirSync(join(folder, path)).length === 0) {
      throw refuse(`names the submodule ${quoted(path)}, which is not checked out`);
    }
  }
}
