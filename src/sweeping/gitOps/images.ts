import { isTag } from "../../base/reference";
import { addDigests, addReference, type Deployed, nothingDeployed } from "../deployed";
import { belongTogether, type Field, kindOf } from "./fields";
import { HOLE, isOpenName, mayName, type Token, tokensOf, withHoles } from "./references";

/** An image of the map that a file names and nobody can tell which. */
export interface Unresolved {
  repository: string;
  /** As it stands in the file. */
  text: string;
  why: string;
}

/** Longest value that is looked at as a name or a tag. */
const LONGEST = 4096;
/** Lines between a repository and a tag in a text that has no structure. */
const NEAR = 5;

/** Collects what a checkout says of images of the map. In doubt it says that one runs, or that nobody can tell. */
export class ImageCollector {
  readonly deployed: Deployed = nothingDeployed();
  readonly unresolved: Unresolved[] = [];

  /** @param repositories of the map */
  constructor(private readonly repositories: readonly string[]) {}

  /** Every reference in a text, and in the expressions in it. `certain` is false for comments, which stop nothing. */
  addText(text: string, certain: boolean, depth = 0): void {
    addDigests(this.deployed, text);
    const { text: holed, inner } = withHoles(text);
    for (const token of tokensOf(holed)) this.addToken(token, certain);
    if (depth < 3) for (const expression of inner) this.addText(expression, certain, depth + 1);
  }

  private addToken({ name, tag, hasUnknownDigest }: Token, certain: boolean): void {
    const known = tag !== undefined && tag !== "?" ? [tag, tag.replace(/[.-]+$/, "")] : [];
    if (isOpenName(name)) for (const each of known) this.deployed.tags.push({ tag: each });
    for (const repository of this.mapped(name)) {
      for (const each of known) this.deployed.tags.push({ path: repository, tag: each });
      const isOpen = tag === "?" || hasUnknownDigest || name.endsWith(HOLE);
      if (isOpen && certain) this.stop(repository, name, "its tag or digest is put in by something else");
    }
  }

  private mapped(name: string): readonly string[] {
    return this.repositories.filter((repository) => mayName(name, repository));
  }

  private stop(repository: string, text: string, why: string): void {
    this.unresolved.push({ repository, text: text.split(HOLE).at(-1) ?? "", why });
  }

  /** Repositories of the map that a value names without tag or digest; none for an address of Git or of the web. */
  bareNames(value: string): readonly string[] {
    if (value.length > LONGEST || /^(?:https?|git|ssh|file):|\.git$|\s/.test(withHoles(value).text)) return [];
    const [token, ...more] = tokensOf(withHoles(value).text);
    if (!token || more.length > 0 || token.tag !== undefined || token.hasUnknownDigest) return [];
    return token.name.endsWith(HOLE) ? [] : this.mapped(token.name);
  }

  /** A tag whose image is not known, or an address of any image. */
  addTag({ value }: Field): void {
    const [plain = ""] = value.split("@");
    if (isTag(plain)) this.deployed.tags.push({ tag: plain });
  }

  /** An image that a field names in full, as runtimes read it: without a tag it is `latest`. */
  addImage(value: string): void {
    if (!withHoles(value).text.includes(HOLE)) addReference(this.deployed, value);
  }

  /**
   * An image and the tags that stand beside it in fields of their own. Every tag counts; where one that belongs to it is
   * not known, or none is there, nobody can tell which image it is.
   *
   * @param image a field whose value names the repositories
   */
  addParts(image: Field, repositories: readonly string[], beside: readonly Field[]): void {
    const own = beside.filter(({ key }) => belongTogether(image.key, key));
    for (const repository of repositories) {
      for (const { value } of beside) {
        const [plain = ""] = value.split("@");
        if (isTag(plain)) this.deployed.tags.push({ path: repository, tag: plain });
      }
      const known = own.filter(({ value }) => isTag(value.split("@")[0] ?? "") || addDigests(this.deployed, value));
      const open = own.filter(({ value }) => withHoles(value).text.includes(HOLE));
      if (open.length > 0) this.stop(repository, image.value, "the tag beside it is put in by something else");
      else if (known.length === 0) this.stop(repository, image.value, "no tag or digest stands beside it");
    }
  }

  /** A text without structure: a template, a script, settings. Names and tags are joined by their names or their lines. */
  addLines(text: string): void {
    const certain = text.replace(/^[ \t]*(?:#|\/\/).*$/gm, "");
    if (certain !== text) this.addText(text, false);
    this.addText(certain, true);
    const { text: holed } = withHoles(certain);
    const fields = fieldsOfLines(holed);
    const tags = fields.filter(({ key }) => kindOf(key) === "tag");
    for (const tag of tags) this.addTag(tag);
    for (const field of fields) {
      const repositories = kindOf(field.key) === "image" ? this.bareNames(field.value) : [];
      const near = tags.filter(({ key, line }) =>
        Math.abs(line - field.line) <= NEAR ? true : belongTogether(field.key, key) && !belongTogether("", key),
      );
      if (repositories.length > 0) this.addParts(field, repositories, near);
    }
  }
}

/** Fields of a text: `key: value`, `key=value`, `"key": "value"`. */
function fieldsOfLines(text: string): (Field & { line: number })[] {
  const fields: (Field & { line: number })[] = [];
  text.split("\n").forEach((content, line) => {
    const pairs = /(?<![\w.[\]-])([\w.[\]-]{1,200})["']?[ \t]{0,20}[:=][ \t]{0,20}["']?([\w./:@+\ue000-]*)/g;
    for (const [, key = "", value = ""] of content.matchAll(pairs)) fields.push({ key, value, line });
  });
  return fields;
}
