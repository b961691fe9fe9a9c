import type { ImageClass } from "../../domain/image/imageClass";
import type { RegistrySession } from "../../oci";
import { registryViews } from "../registryViews";
import type { StageOutputs } from "../../outputs";
import { indexPage, LabelIndex, repositoryPages, type RepositoryLine, type SiteFacts, STYLE_PAGE } from "./pages";
import { readStageImages } from "./read";
import { beginSite } from "./write";

export { readStageImages, type RepositoryImages } from "./read";

/** What a site came to. */
export interface WrittenSite {
  readonly repositories: number;
  readonly images: number;
  readonly pages: number;
  /** Why some images are not in it. */
  readonly unread: readonly string[];
}

/** Pages that are written at once. */
const AT_ONCE = 32;

/**
 * Writes a stage's images as pages that need no server and no script: the registries, each repository, each image, and
 * which labels there are. The folder is replaced as a whole when all is written, and not before.
 *
 * @param tell gets a line for each repository
 * @throws DualRegistryError USAGE for a folder that holds something else; REGISTRY_REFUSED for a full disk
 */
export async function writeSite(
  stage: Pick<StageOutputs, "product" | "stage" | "images" | "registries">,
  sessions: Readonly<Record<ImageClass, RegistrySession>>,
  dir: string,
  { now, tell }: { now: () => Date; tell: (line: string) => void },
): Promise<WrittenSite> {
  const folder = beginSite(dir);
  try {
    const views = registryViews(stage);
    const registries = [views.secure, views.standard];
    const site: SiteFacts = {
      product: stage.product,
      stage: stage.stage,
      registries,
      readAt: now().toISOString(),
    };
    const lines: RepositoryLine[] = [];
    const unread: string[] = [];
    const labels = new LabelIndex();
    let pages = 3;
    await readStageImages(stage, sessions, async (read) => {
      labels.add(read);
      let writing: Promise<void>[] = [];
      for (const { path, text } of repositoryPages(site, read)) {
        pages += 1;
        writing.push(folder.write(path, text));
        if (writing.length < AT_ONCE) continue;
        await Promise.all(writing);
        writing = [];
      }
      await Promise.all(writing);
      const { repository, registry, images } = read;
      unread.push(...read.unread);
      lines.push({ repository, class: registry.class, images: images.length, unread: read.unread.length });
      tell(`${repository}: ${images.length}`);
    });
    lines.sort((one, other) => (one.repository < other.repository ? -1 : 1));
    for (const { path, text } of [STYLE_PAGE, indexPage(site, lines), labels.page(site)])
      await folder.write(path, text);
    folder.finish();
    const images = lines.reduce((sum, line) => sum + line.images, 0);
    return { repositories: lines.length, images, pages, unread };
  } catch (error) {
    folder.discard();
    throw error;
  }
}
