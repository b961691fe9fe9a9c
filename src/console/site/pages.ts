import { type Content, htmlDocument, htmlTable, type Markup, markup } from "../../base/text/html";
import type { Digest } from "../../base/digest";
import type { ImageClass } from "../../domain/image/imageClass";
import type { ImageView, RegistryView } from "../model";
import { STYLE } from "../pages/assets";
import { imagePage } from "../pages/image";
import { counted, longText, registryText, section, shortDigest, timeOf } from "../pages/parts";
import { saysOwner } from "../search/owner";
import type { RepositoryImages } from "./read";

/** A page of the site, and where it stands in it. */
export interface SitePage {
  readonly path: readonly string[];
  readonly text: string;
}

/** Whose images a site shows, and when they were read. */
export interface SiteFacts {
  readonly product: string;
  readonly stage: string;
  readonly registries: readonly RegistryView[];
  readonly readAt: string;
}

/** The style of all pages. Browsers take it for a page's own from a server and from a folder alike. */
export const STYLE_PAGE: SitePage = { path: ["style.css"], text: STYLE };

/** No script, no picture and no other address: the site's own style, and nothing else. */
const POLICY = "default-src 'none'; style-src 'self' file:; base-uri 'none'; form-action 'none'";

/** Values of a label that are listed, images of one value, and tags of an image. */
const MAX_VALUES = 200;
const MAX_IMAGES = 20;
const MAX_TAGS = 20;

/**
 * Where pages stand: folders are parts of a repository's name, which begin with a letter or digit, and files begin with
 * `_`, so that no repository takes another's page. Nothing that anybody who may push wrote is in a path.
 */
const listPath = (repository: string): string[] => ["r", ...repository.split("/"), "_tags.html"];
const imagePath = (repository: string, digest: Digest): string[] => [
  ...["r", ...repository.split("/")],
  `_${digest.replace(":", "-")}.html`,
];

/** The way from a page to another. */
const linkFrom = (from: readonly string[], to: readonly string[]): string =>
  `${"../".repeat(from.length - 1)}${to.join("/")}`;

function document(
  site: SiteFacts,
  path: readonly string[],
  { title, lead, body }: { title: string; lead?: Content; body: Content },
): SitePage {
  const bar = markup`<a class="skip" href="#content">Skip to the content</a>
<nav class="bar" aria-label="Images"><div><a class="brand" href="${linkFrom(path, ["index.html"])}">${site.product} · ${site.stage}</a> <a href="${linkFrom(path, ["labels.html"])}">Labels</a></div></nav>
`;
  const text = htmlDocument({
    ...{ title, windowTitle: `${title} · ${site.product} ${site.stage}`, bar },
    policy: markup`<meta http-equiv="Content-Security-Policy" content="${POLICY}">
`,
    style: markup`<link rel="stylesheet" href="${linkFrom(path, STYLE_PAGE.path)}">`,
    ...(lead === undefined ? {} : { lead }),
    body: markup`<div id="content" tabindex="-1">${body}</div>`,
    footer: markup`Read ${timeOf(site.readAt)} by <code>dualreg labels</code>. Labels are what whoever built an image wrote; signatures and SBOMs are not in these pages, the console of the stage shows them.`,
  }).toString();
  return { path, text };
}

/** The page of a repository, and one for each of its images. */
export function* repositoryPages(site: SiteFacts, read: RepositoryImages): Iterable<SitePage> {
  const { repository, registry, images } = read;
  const path = listPath(repository);
  const rows = images.map((image): Content[] => [
    markup`<a href="${linkFrom(path, imagePath(repository, image.digest))}">${image.tags[0]}</a>${image.tags.length > 1 ? markup` <span class="soft">${moreTags(image.tags)}</span>` : undefined}`,
    shortDigest(image.digest),
    image.platforms.map(({ platform }) => platform ?? "").join(", "),
    ownersOf(image).map((owner) => markup`${longText(owner)} `),
    timeOf(image.platforms[0]?.created),
  ]);
  const table = htmlTable(["Tag", "Digest", "Platforms", "Owner", "Created"], rows);
  const none = markup`<p class="empty">No image was published here yet.</p>`;
  const body = section(
    "list",
    markup`Tags at ${registryText(registry)}`,
    images.length === 0 ? none : markup`<div class="dense">${table}</div>`,
  );
  yield document(site, path, { title: repository, body: markup`${unreadNotice(read.unread)}${body}` });
  for (const image of images) {
    const own = imagePath(repository, image.digest);
    yield document(site, own, {
      title: `${repository}:${image.tags[0] ?? ""}`,
      lead: markup`in <a href="${linkFrom(own, path)}">${repository}</a>`,
      body: imagePage({ ...image, tags: image.tags.slice(0, MAX_TAGS) }, undefined),
    });
  }
}

const moreTags = (tags: readonly string[]): string => {
  const shown = tags.slice(1, MAX_TAGS).join(", ");
  return tags.length > MAX_TAGS ? `${shown} and ${counted(tags.length - MAX_TAGS, "more tag")}` : shown;
};

/** What labels say of whose an image is. */
const ownersOf = ({ platforms }: ImageView): string[] => [
  ...new Set(platforms.flatMap(({ labels }) => labels.flatMap(({ name, value }) => (saysOwner(name) ? [value] : [])))),
];

const unreadNotice = (unread: readonly string[]): Content =>
  unread.slice(0, 20).map((what) => markup`<p class="notice warn" role="status">Not read: ${longText(what)}</p>`);

/** What the first page says of a repository. */
export interface RepositoryLine {
  readonly repository: string;
  readonly class: ImageClass;
  readonly images: number;
  readonly unread: number;
}

/** The first page: both registries beside each other, with their repositories. */
export function indexPage(site: SiteFacts, lines: readonly RepositoryLine[]): SitePage {
  const path = ["index.html"];
  const one = (registry: RegistryView): Markup => {
    const own = lines.filter((line) => line.class === registry.class);
    const rows = own.map(({ repository, images, unread }) => [
      markup`<a href="${linkFrom(path, listPath(repository))}">${repository}</a>`,
      `${counted(images, "image")}${unread === 0 ? "" : `, ${unread} not read`}`,
    ]);
    const none = markup`<p class="empty">No repository of this class.</p>`;
    return section(
      registry.class,
      registryText(registry),
      rows.length === 0 ? none : htmlTable(["Repository", "Images"], rows),
    );
  };
  const lead = markup`The two registries of stage <strong>${site.stage}</strong>, and what their images say of themselves.`;
  return document(site, path, {
    ...{ title: `Images of ${site.product} in ${site.stage}`, lead },
    body: markup`<div class="pair">${site.registries.map(one)}</div>`,
  });
}

/** Which labels there are, which values they have, and which images have them. */
export class LabelIndex {
  private readonly names = new Map<string, Map<string, { repository: string; digest: Digest; tag: string }[]>>();

  add({ repository, images }: RepositoryImages): void {
    for (const { digest, tags, platforms } of images) {
      const labels = platforms.flatMap((platform) => platform.labels);
      const seen = new Set<string>();
      for (const { name, value } of labels) {
        const key = JSON.stringify([name, value]);
        if (seen.has(key)) continue;
        seen.add(key);
        const values = this.names.get(name) ?? new Map<string, { repository: string; digest: Digest; tag: string }[]>();
        const holders = values.get(value) ?? [];
        holders.push({ repository, digest, tag: tags[0] ?? "" });
        this.names.set(name, values.set(value, holders));
      }
    }
  }

  page(site: SiteFacts): SitePage {
    const path = ["labels.html"];
    const names = [...this.names].sort(([one], [other]) => (one < other ? -1 : 1));
    const body = names.map(([name, values]) => {
      const rows = [...values]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .slice(0, MAX_VALUES)
        .map(([value, holders]) => [
          longText(value),
          markup`${holders.slice(0, MAX_IMAGES).map(({ repository, digest, tag }) => markup`<a href="${linkFrom(path, imagePath(repository, digest))}">${repository}:${tag}</a> `)}${holders.length > MAX_IMAGES ? `and ${holders.length - MAX_IMAGES} more` : undefined}`,
        ]);
      const rest =
        values.size > MAX_VALUES ? markup`<p>and ${counted(values.size - MAX_VALUES, "more value")}.</p>` : undefined;
      return markup`<details><summary><code>${name}</code> <span class="soft">${counted(values.size, "value")}</span></summary>${htmlTable(["Value", "Images"], rows)}${rest}</details>`;
    });
    const none = markup`<p class="empty">No image has a label.</p>`;
    return document(site, path, {
      title: "Labels",
      body: section("labels", counted(names.length, "label"), names.length === 0 ? none : body),
    });
  }
}
