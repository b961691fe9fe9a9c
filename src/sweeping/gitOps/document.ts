import { FAILSAFE_SCHEMA, loadAll } from "js-yaml";
import { fieldsOf, isObject, listOf } from "../../base/json";
import { type Field, kindOf } from "./fields";
import type { ImageCollector } from "./images";

/** Texts within texts that are read: a manifest in a block of values in an Application. */
const DEEPEST = 6;
/** Lists of containers, where an image without a tag is `latest`. Source: Kubernetes API v1, PodSpec. */
const CONTAINERS = new Set(["containers", "initContainers", "ephemeralContainers"]);

/**
 * Everything that a text says of images: by the structure of its YAML or JSON, or line by line where it has none.
 *
 * @returns false where it is neither YAML nor JSON
 */
export function addFile(images: ImageCollector, text: string, depth = 0): boolean {
  const documents = documentsOf(text);
  if (documents === undefined || documents.every((document) => !isObject(document) && !Array.isArray(document))) {
    images.addLines(text);
    return documents !== undefined;
  }
  images.addText(text, false);
  for (const document of documents) addDocument(images, document, depth);
  return true;
}

function documentsOf(text: string): unknown[] | undefined {
  try {
    return [JSON.parse(text) as unknown];
  } catch {
    // YAML, or neither.
  }
  try {
    return loadAll(text, undefined, { schema: FAILSAFE_SCHEMA });
  } catch {
    return undefined;
  }
}

/** A value with the tags around it: those beside the object or list that it stands in. */
interface Place {
  value: unknown;
  key: string;
  around: readonly Field[];
}

/** An anchor that is used a thousand times is looked at once. */
function addDocument(images: ImageCollector, document: unknown, depth: number): void {
  // It names what is looked for in a registry, and deploys nothing. Source: image.toolkit.fluxcd.io/v1.
  if (fieldsOf(document)["kind"] === "ImageRepository") return;
  const seen = new Set<object>();
  const open: Place[] = [{ value: document, key: "", around: [] }];
  for (let place = open.pop(); place; place = open.pop()) {
    const { value, key } = place;
    if (typeof value === "string") addString(images, value, depth);
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    const inner = Array.isArray(value) ? addList(images, value, place) : addObject(images, value, place);
    for (const each of inner) open.push({ ...each, key: each.key === "" ? key : each.key });
  }
}

function addString(images: ImageCollector, text: string, depth: number): void {
  const holdsMore = /\n|^\s*[{[]/.test(text);
  if (holdsMore && depth < DEEPEST) addFile(images, text, depth + 1);
  else if (holdsMore || text.includes("=")) images.addLines(text);
  else images.addText(text, true);
}

/** The scalars of an object as texts: JSON has numbers where YAML read without types has texts. */
const scalarsOf = (value: unknown): Field[] =>
  Object.entries(fieldsOf(value)).flatMap(([key, one]) =>
    typeof one === "string" || typeof one === "number" ? [{ key, value: String(one) }] : [],
  );

const tagsOf = (fields: readonly Field[]): Field[] => fields.filter(({ key }) => kindOf(key) === "tag");

/** `{ name, value }`, as of parameters and variables, is the field that it speaks of. */
function parameterOf(value: unknown): Field[] {
  const { name, value: given } = fieldsOf(value);
  const known = typeof given === "string" || typeof given === "number";
  return typeof name === "string" && known ? [{ key: name, value: String(given) }] : [];
}

function addList(images: ImageCollector, list: readonly unknown[], { key, around }: Place): Place[] {
  const parameters = list.flatMap(parameterOf);
  addFields(images, parameters, around);
  return list.map((value) => ({ value, key, around }));
}

function addObject(images: ImageCollector, value: object, { key, around }: Place): Place[] {
  const fields = scalarsOf(value);
  // `images: [{ name, newTag }]` of Kustomize: the name is the image's only there.
  const named = key === "images" || fields.some((field) => /^new_?(?:name|tag)$/i.test(field.key));
  const known = fields.map((field) => (named && field.key === "name" ? { ...field, key: "imageName" } : field));
  const isContainer = CONTAINERS.has(key);
  const below = Object.values(value).flatMap((inner) => tagsOf(scalarsOf(inner)));
  if (isContainer) for (const field of known) if (field.key === "image") images.addImage(field.value);
  if (!isContainer) addFields(images, known, [...below, ...around]);
  addKeys(images, value, below);
  const own = tagsOf(known);
  return Object.entries(value).map(([name, one]): Place => ({ value: one, key: name, around: own }));
}

/** Fields of one object or list: images without a tag, joined with the tags there and around; tags without an image. */
function addFields(images: ImageCollector, fields: readonly Field[], around: readonly Field[]): void {
  const tags = tagsOf(fields);
  const addresses = fields.filter(({ key }) => kindOf(key) === "image");
  const registry = fields.find(({ key }) => /registry$/i.test(key));
  const prefix = registry === undefined ? "" : `${registry.value}/`;
  for (const image of addresses) {
    const repositories = images.bareNames(`${prefix}${image.value}`);
    if (repositories.length > 0) images.addParts(image, repositories, [...tags, ...around]);
    else if (image.key === "image") images.addImage(image.value);
    for (const tag of tags) images.addImage(`${prefix}${image.value}:${tag.value.split("@")[0] ?? ""}`);
  }
  // Whose tag it is nobody says: it may be any image's.
  const others = fields.some(({ key }) => key === "name" || key === "repository");
  if (addresses.length === 0 || !others) for (const tag of tags) images.addTag(tag);
}

/** `{ orders/api: v1.2.3 }` and `{ orders/api: { tag: v1.2.3 } }`: a key names the image. */
function addKeys(images: ImageCollector, value: object, below: readonly Field[]): void {
  for (const [key, inner] of Object.entries(value)) {
    const repositories = key.includes("/") ? images.bareNames(key) : [];
    if (repositories.length === 0) continue;
    const scalar = typeof inner === "string" || typeof inner === "number" ? [{ key: "tag", value: String(inner) }] : [];
    const tags = scalar.length > 0 ? scalar : below;
    if (scalar.length > 0 || listOf(tags).length > 0) images.addParts({ key: "image", value: key }, repositories, tags);
  }
}
