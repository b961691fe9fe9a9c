import { quoted } from "../../base/text/quote";
import { type Deployed, somethingDeployed } from "../deployed";
import { readCheckout } from "./checkout";
import { addFile } from "./document";
import { ImageCollector, type Unresolved } from "./images";

/**
 * What a GitOps repository wants deployed, by the files of a checkout. Every text in them that ends in a repository of
 * the map with a tag or digest counts, whatever stands in front of it; tags in fields of their own are joined with the
 * repositories beside them. An image of the map that cannot be told stops the sweep of its repository.
 *
 * @param repositories of the map, such as orders/api
 * @throws DualRegistryError as {@link readCheckout}, and CONTENT_INVALID where it names no image
 */
export function readGitOps(folder: string, repositories: readonly string[]): Deployed {
  const images = new ImageCollector(repositories);
  const { deployed } = images;
  const told = new Set<string>();
  for (const { name, text } of readCheckout(folder)) {
    const before = images.unresolved.length;
    const isWhole = addFile(images, text);
    if (!isWhole && /\.ya?ml$/i.test(name)) {
      deployed.notes.push(`${quoted(name)} is not YAML: it was read line by line`);
    }
    for (const one of images.unresolved.slice(before)) {
      const where = `${name}${lineOf(text, one)}`;
      if (told.has(`${one.repository} ${where}`)) continue;
      told.add(`${one.repository} ${where}`);
      deployed.unresolved.push({ repository: one.repository, why: `${quoted(where)}: ${one.why}` });
    }
  }
  if (deployed.unresolved.length > 0) return deployed;
  return somethingDeployed(deployed, `Repository ${quoted(folder)}`, "files that name images");
}

/** `:<line>` of the first line that holds it, outside comments where there is one; nothing where it is put together. */
function lineOf(text: string, { text: part, repository }: Unresolved): string {
  const lines = text.split("\n");
  const last = repository.split("/").at(-1) ?? repository;
  for (const wanted of [part, repository, last]) {
    const at = lines.findIndex((line) => wanted !== "" && line.includes(wanted) && !/^\s*#/.test(line));
    if (at >= 0) return `:${at + 1}`;
  }
  return "";
}
