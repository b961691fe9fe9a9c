import { type Glob, parseGlob } from "./glob";
import { type TagClass, tagClasses } from "./tagClasses";

/** Which tags a rule of a registry is about, as globs; absent everywhere: every tag. */
export interface TagSelector {
  /** Globs, or what is not read as one, such as a regular expression of more than `.*`. */
  globs: readonly string[];
  /** True where an image is meant that has a tag for each glob, and not one for any of them. */
  each?: boolean;
  /** True where the tags are meant that no glob matches. */
  others?: boolean;
}

/** Which tags a registry lets nobody move: those that some selector takes, but for those that an exception takes. */
export interface TagImmutability {
  /** Absent in the list: every tag. */
  immutable: readonly (TagSelector | undefined)[];
  except: readonly TagSelector[];
}

/** Whether a rule is about a tag; `perhaps` where its globs are not read, or where it asks for several tags. */
type Selected = "yes" | "no" | "perhaps";

/** Tags of one form to which the same rules of a registry apply. */
export interface SelectedTags {
  form: string;
  /** One of these tags. */
  example: string;
  /** Whether a selector is about them. */
  by: (selector: TagSelector | undefined) => Selected;
}

function select(selector: TagSelector, matched: (glob: Glob) => boolean): Selected {
  const found = selector.globs.map((text): Selected => {
    const globs = parseGlob(text);
    return globs === undefined ? "perhaps" : globs.some(matched) ? "yes" : "no";
  });
  const all = found.every((one) => one === "yes");
  const some = found.some((one) => one !== "no");
  const any: Selected = found.includes("yes") ? "yes" : some ? "perhaps" : "no";
  const whole: Selected = selector.each === true ? (all ? "yes" : some ? "perhaps" : "no") : any;
  if (selector.others !== true || whole === "perhaps") return whole;
  return whole === "yes" ? "no" : "yes";
}

const keyOf = (glob: Glob): string => JSON.stringify(glob);

/**
 * The tags of a stage, in groups that every one of these selectors takes whole or not at all.
 *
 * @returns undefined where that cannot be said
 */
export function selectedTags(
  forms: Parameters<typeof tagClasses>[0],
  selectors: readonly (TagSelector | undefined)[],
): readonly SelectedTags[] | undefined {
  const texts = new Set(selectors.flatMap((one) => one?.globs ?? []));
  const globs = [...texts].flatMap((text) => parseGlob(text) ?? []);
  const at = new Map(globs.map((glob, index) => [keyOf(glob), index]));
  const matches = ({ matches: all }: TagClass, glob: Glob): boolean => all[at.get(keyOf(glob)) ?? -1] === true;
  return tagClasses(forms, globs)?.map((one) => ({
    ...{ form: one.form, example: one.example },
    by: (selector) => (selector === undefined ? "yes" : select(selector, (glob) => matches(one, glob))),
  }));
}

/** A selector in words. */
export function selectorText({ globs, each, others }: TagSelector): string {
  const list = globs.map((glob) => JSON.stringify(glob)).join(each === true ? " and " : ", ");
  return others === true ? `all but ${list}` : list;
}
