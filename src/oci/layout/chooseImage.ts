import { DualRegistryError } from "../../errors";
import { answersTo, splitName } from "./entryName";

/** An image that a layout or an archive holds. */
export interface ImageChoice {
  /** Its digest or, before that is known, another text that no other image has. */
  id: string;
  /** Its tags or whole references; none where it has no name. */
  names: readonly string[];
}

/**
 * The one image meant.
 *
 * @param wanted a name or an id; not needed where there is one image alone
 * @throws DualRegistryError USAGE, with the names, where several could be meant; NOT_FOUND where none is
 */
export function chooseImage<T extends ImageChoice>(
  choices: readonly T[],
  wanted: string | undefined,
  where: string,
): T {
  const meant = wanted === undefined ? choices : choices.filter((choice) => isMeant(choice, wanted));
  const [first] = meant;
  if (first && meant.length === 1) return first;
  const allowed = choices.length === 0 ? "" : `; allowed: ${shown(choices)}`;
  if (!first) {
    const what = wanted === undefined ? "it holds no image" : `no image ${JSON.stringify(wanted.slice(0, 200))}`;
    throw new DualRegistryError("NOT_FOUND", `${where}: ${what}${allowed}`);
  }
  const several = wanted === undefined ? "it holds" : `${JSON.stringify(wanted.slice(0, 200))} is the name of`;
  throw new DualRegistryError("USAGE", `${where}: ${several} ${meant.length} images; name one of them${allowed}`);
}

/** True where an image is called so: by its id, a tag or a whole reference. */
function isMeant({ id, names }: ImageChoice, wanted: string): boolean {
  return id === wanted || names.includes(wanted) || names.some((name) => answersTo(splitName(name), wanted));
}

/** The first names, shortened: they come from outside. */
function shown(choices: readonly ImageChoice[]): string {
  const names = choices.map(({ names: [name], id }) => JSON.stringify((name ?? id).slice(0, 200)));
  const more = names.length - 20;
  return `${names.slice(0, 20).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
