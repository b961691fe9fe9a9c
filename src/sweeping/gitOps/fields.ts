/** What the name of a field, parameter or variable says that its value is. */
export type FieldKind = "image" | "tag" | undefined;

const IMAGE = /(?:image|repository|repo|new_?name|image_?name|image_?repo)$/i;
const TAG = /(?:tag|version|digest)$/i;
const NO_TAG = /(?:api_?version|k8s_?version|kube_?version|chart_?version|schema_?version)$/i;

/** What a field is by its name: `imageTag`, `image.tag`, `NEW_TAG` and `digest` are tags. */
export function kindOf(key: string): FieldKind {
  if (TAG.test(key)) return NO_TAG.test(key) ? undefined : "tag";
  return IMAGE.test(key) ? "image" : undefined;
}

/** What a name has besides saying image or tag: `orders` of `ordersImage`, `ORDERS_TAG` and `orders.image.tag`. */
const stemOf = (key: string): string =>
  key
    .replace(/image|repository|repo|tag|version|digest|new|name/gi, "")
    .replace(/[^A-Za-z0-9]/g, "")
    .toLowerCase();

/** A field of which the kind is known. */
export interface Field {
  key: string;
  value: string;
}

/** True where a tag's field may be that of an image's: both are of the same thing, or the tag of none by name. */
export const belongTogether = (image: string, tag: string): boolean =>
  stemOf(tag) === "" || stemOf(tag) === stemOf(image);
