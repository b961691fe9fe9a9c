import { lstatSync, opendirSync } from "node:fs";
import { join, relative } from "node:path";
import { FAILSAFE_SCHEMA, loadAll } from "js-yaml";
import { DualRegistryError } from "../base/errors";
import { readBounded } from "../base/file";
import { fieldsOf } from "../base/json";
import { isTag } from "../base/reference";
import { quoted } from "../base/text/quote";
import { addDigests, addReference, type Deployed, nothingDeployed, somethingDeployed } from "./deployed";

const DIGEST = /(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})(?![0-9a-f])/;

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** An image told in parts: `{ registry, repository, tag }` of Helm's values, `{ name, newName, newTag }` of Kustomize. */
function addParts(deployed: Deployed, value: object): void {
  const parts = fieldsOf(value);
  const tag = textOf(parts["tag"]) ?? textOf(parts["newTag"]);
  if (tag === undefined) return;
  const repository = textOf(parts["repository"]) ?? textOf(parts["newName"]) ?? textOf(parts["name"]);
  const registry = textOf(parts["registry"]);
  const address = repository === undefined ? undefined : `${registry === undefined ? "" : `${registry}/`}${repository}`;
  const [plain = ""] = tag.split("@");
  // A tag whose image stands elsewhere may be any image's.
  if (address === undefined || !addReference(deployed, `${address}:${plain}`)) deployed.tags.push({ tag: plain });
}

/** Everything a document says of images. An anchor that is used a thousand times is looked at once. */
function addDocument(deployed: Deployed, document: unknown): void {
  const seen = new Set<object>();
  const open: unknown[] = [document];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === "string") addDigests(deployed, value);
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (!Array.isArray(value)) {
      addParts(deployed, value);
      const image = textOf(fieldsOf(value)["image"]);
      if (image !== undefined) addReference(deployed, image);
    }
    for (const inner of Object.values(value)) open.push(inner);
  }
}

/** A template is not YAML: its lines are read for digests and `image:`. */
function addLines(deployed: Deployed, text: string): void {
  for (const line of text.split("\n")) {
    const value = /^\s*-?\s*(?:image|digest|tag)\s*:\s*["']?([^\s"'#]{1,1000})/.exec(line)?.[1];
    if (value !== undefined && (DIGEST.test(value) || /^\s*-?\s*image/.test(line))) addReference(deployed, value);
    // Whose tag it is the template does not say where it can be read: it may be any image's.
    else if (value !== undefined && /^\s*-?\s*tag/.test(line) && isTag(value)) deployed.tags.push({ tag: value });
    else if (DIGEST.test(line))
      for (const word of line.split(/[\s"']+/)) if (DIGEST.test(word)) addReference(deployed, word);
  }
}

/**
 * What a GitOps repository wants deployed, by the YAML files of a checkout: addresses of images in any manifest, values
 * of HelmReleases, images of Kustomizations, digests wherever they stand.
 *
 * @throws DualRegistryError USAGE, and CONTENT_INVALID where it is too large or names no image
 */
export function readGitOps(folder: string): Deployed {
  const deployed = nothingDeployed();
  for (const file of yamlFiles(folder)) {
    const text = readBounded(file, LIMITS.fileBytes).toString("utf8");
    try {
      loadAll(text, (document) => addDocument(deployed, document), { schema: FAILSAFE_SCHEMA });
    } catch {
      addLines(deployed, text);
      deployed.notes.push(
        `${quoted(relative(folder, file))} is not YAML: only its image, tag and digest lines were read`,
      );
    }
  }
  return somethingDeployed(deployed, `Repository ${quoted(folder)}`, "YAML files that name images");
}

/** How much of a repository is read; more is refused, since what is not read is not spared. */
const LIMITS = { files: 20_000, entries: 500_000, depth: 30, fileBytes: 4 * 1024 * 1024 } as const;

/**
 * The YAML files below a folder, in no order. Links are not followed, and .git and node_modules are left out.
 *
 * @throws DualRegistryError USAGE for what is no folder, CONTENT_INVALID for more than the limits
 */
function yamlFiles(folder: string): string[] {
  const where = `Repository ${quoted(folder)}`;
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new DualRegistryError("USAGE", `${where}: not a folder; name the checkout of the GitOps repository`);
  }
  const files: string[] = [];
  let entries = 0;
  const open: { path: string; depth: number }[] = [{ path: folder, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const directory = opendirSync(next.path);
    try {
      for (let entry = directory.readSync(); entry; entry = directory.readSync()) {
        const path = join(next.path, entry.name);
        if (entry.isDirectory() && entry.name !== ".git" && entry.name !== "node_modules") {
          open.push({ path, depth: next.depth + 1 });
        } else if (entry.isFile() && /\.ya?ml$/i.test(entry.name)) files.push(path);
        if (++entries > LIMITS.entries || files.length > LIMITS.files || next.depth > LIMITS.depth) {
          const most = `${LIMITS.files} YAML files, ${LIMITS.entries} entries, ${LIMITS.depth} folders deep`;
          throw new DualRegistryError("CONTENT_INVALID", `${where}: larger than allowed: ${most}; name a folder in it`);
        }
      }
    } finally {
      directory.closeSync();
    }
  }
  return files;
}
