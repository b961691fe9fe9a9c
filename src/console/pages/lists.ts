import { type Content, htmlBadge, htmlTable, type Markup, markup } from "../../base/text/html";
import type { Visitor } from "../app";
import type { Catalog, Part, RegistryView, RepositoryView, TagPage, TagView } from "../model";
import { type Written, writeBody } from "./layout";
import { classBadge, counted, imageAddress, registryText, section, shortDigest, timeOf, unavailable } from "./parts";

function repositoryList(repositories: readonly RepositoryView[]): Content {
  if (repositories.length === 0) return markup`<p class="empty">No repository of this class that you may read.</p>`;
  const rows = repositories.map(({ repository, binding }) => [
    markup`<a href="/r/${repository}">${repository}</a>`,
    binding === "portable" ? "promoted by digest" : "built for this stage",
  ]);
  return htmlTable(["Repository", "How it came to this stage"], rows);
}

function registrySection(registry: RegistryView, health: Part<"up">, repositories: readonly RepositoryView[]): Markup {
  const { class: imageClass, vanityHost, host, kind, namespace } = registry;
  const state = health.state === "ok" ? htmlBadge("good", "answers") : htmlBadge("bad", "does not answer");
  const facts = [
    ["Known as", markup`<code>${vanityHost}</code>`],
    ["Kind", kind],
    ...(namespace === undefined ? [] : [["In front of each repository", markup`<code>${namespace}/</code>`]]),
  ];
  const body = markup`<p><code>${host}</code> ${state}</p>
${health.state === "ok" ? undefined : unavailable("What this registry holds", health)}
${htmlTable([], facts)}
${repositoryList(repositories)}`;
  return section(imageClass, markup`${classBadge(imageClass)} registry`, body);
}

/** Both registries of the stage beside each other, and the repositories of each. */
export async function overview(catalog: Catalog, visitor: Visitor): Promise<Markup> {
  const readable = catalog.repositories().filter(({ repository }) => visitor.mayRead(repository));
  const health = await catalog.health();
  return markup`<div class="pair">${health.map(({ registry, part }) =>
    registrySection(
      registry,
      part,
      readable.filter((view) => view.class === registry.class),
    ),
  )}</div>`;
}

function tagRow({ repository, tag, digest, summary }: TagView): readonly Content[] {
  const [first, ...more] = summary?.platforms ?? [];
  return [
    markup`<a href="${imageAddress(repository, tag)}">${tag}</a>`,
    digest && shortDigest(digest),
    first && markup`${first}${more.length === 0 ? "" : ` and ${more.length} more`}`,
    timeOf(summary?.created),
    summary?.revision && markup`<code title="${summary.revision}">${summary.revision.slice(0, 10)}</code>`,
  ];
}

/** What a list is asked with. */
export interface ListQuery {
  after?: string;
  details: boolean;
}

const queryOf = (repository: string, query: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? `/r/${repository}` : `/r/${repository}?${new URLSearchParams(given).toString()}`;
};

function tagsTable({ repository, tags, hidden, next }: TagPage, { after, details }: ListQuery): Markup {
  const left = hidden === 0 ? "" : `, and ${counted(hidden, "tag")} of signatures and referrers left out`;
  const unknown = tags.filter(({ summary }) => summary === undefined).length;
  const more =
    unknown > 0 && !details
      ? markup`<p><a data-details href="${queryOf(repository, { after, details: "true" })}">Read digests, platforms and dates of these ${tags.length} tags</a> <span class="soft">asks the registry up to ${4 * unknown} times</span></p>`
      : undefined;
  const heads = ["Tag", "Digest", "Platforms", "Created", "Commit"];
  const onward =
    next === undefined ? undefined : markup`<a href="${queryOf(repository, { after: next })}">Next page</a>`;
  return markup`<p hidden><label>Filter this page <input type="search" data-filter="#tags tbody tr" aria-describedby="filtered"></label> <span id="filtered" class="soft" role="status"></span></p>
<p class="soft">${counted(tags.length, "tag")} on this page${left}.</p>
${more}
<div id="tags" class="dense">${htmlTable(heads, tags.map(tagRow))}</div>
<p>${after === undefined ? undefined : markup`<a href="/r/${repository}">First page</a> `}${onward}</p>`;
}

/** Lists as they were written, for as long as somebody has the page of tags: one that many read is written once. */
const WRITTEN = new WeakMap<TagPage, Map<string, Written>>();

/** The tags of a repository, a page of at most 100. */
export function tagList(registry: RegistryView, part: Part<TagPage>, query: ListQuery): Markup | Written {
  if (part.state !== "ok") return renderList(registry, part, query);
  const known = WRITTEN.get(part.value) ?? new Map<string, Written>();
  WRITTEN.set(part.value, known);
  const key = JSON.stringify([query.after, query.details]);
  const list = known.get(key) ?? writeBody(renderList(registry, part, query));
  known.set(key, list);
  return list;
}

function renderList(registry: RegistryView, part: Part<TagPage>, query: ListQuery): Markup {
  const heading = markup`Tags at ${registryText(registry)}`;
  if (part.state !== "ok") return section("list", heading, unavailable("The list", part));
  const { tags, hidden } = part.value;
  const none =
    query.after === undefined
      ? `No image was published here yet${hidden === 0 ? "" : `; there are ${counted(hidden, "tag")} of signatures alone`}.`
      : "There are no tags behind this one.";
  return section(
    "list",
    heading,
    tags.length === 0 ? markup`<p class="empty">${none}</p>` : tagsTable(part.value, query),
  );
}
