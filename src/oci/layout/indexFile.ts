import type { LayoutFolder } from "./layoutFolder";
import type { FolderWriter } from "./folderWriter";
import { formatIndex, parseIndex, type RawEntry } from "./layoutIndex";

/** The last change of each layout's index that this process asked for, by the folder's real path. */
const turns = new Map<string, Promise<void>>();

/**
 * Changes the entries of `index.json`: one change after the other within this process, and readers see the old file or
 * the new one. Two processes that write into one layout at once may undo each other's entries, never the file.
 */
export async function changeIndex(
  folder: LayoutFolder,
  writer: FolderWriter,
  change: (entries: readonly RawEntry[]) => Promise<readonly RawEntry[]> | readonly RawEntry[],
): Promise<void> {
  const before = turns.get(folder.root) ?? Promise.resolve();
  const turn = before.then(async () => {
    const index = parseIndex(await folder.index(), folder.name);
    const entries = await change(index.entries);
    if (entries === index.entries) return;
    await writer.small("index.json", formatIndex({ ...index, entries }, folder.name));
  });
  const settled = turn.catch(() => undefined);
  turns.set(folder.root, settled);
  await turn;
  if (turns.get(folder.root) === settled) turns.delete(folder.root);
}
