import { isDigest } from "../../base/digest";
import { isRepository } from "../../base/reference";
import { defined } from "../../base/defined";
import { type Content, htmlBadge, htmlTable, type Markup, markup } from "../../base/text/html";
import type { IndexState, SearchHit, SearchPage, SearchReason } from "../model";
import { MAX_QUESTION, SEARCH_PLACES, type SearchPlace } from "../search";
import { classBadge, counted, imageAddress, longText, section, shortDigest, timeOf } from "./parts";

/** What a search is asked with, and where its page begins. */
export interface SearchQuery {
  readonly q: string;
  readonly in: SearchPlace;
  readonly after?: { readonly repository: string; readonly digest: string };
}

/** Reads an address's query; what has not the form counts as not given. */
export function readSearch({
  q = "",
  in: place,
  after = "",
}: Readonly<Record<string, string | undefined>>): SearchQuery {
  const [repository = "", digest = ""] = after.split("@");
  const isBehind = isRepository(repository) && isDigest(digest);
  return {
    q: q.slice(0, MAX_QUESTION + 1),
    in: SEARCH_PLACES.find((one) => one === place) ?? "any",
    ...defined({ after: isBehind ? { repository, digest } : undefined }),
  };
}

const PLACES: Readonly<Record<SearchPlace, string>> = {
  any: "names, tags, labels and annotations",
  owner: "owner",
  label: "label",
  annotation: "annotation",
  package: "package of the SBOM",
  digest: "digest",
};

const EXAMPLES: readonly (readonly [SearchPlace, string, string])[] = [
  [
    "any",
    "orders 4f2c1d0e",
    "images in which each of the words stands, or a word that begins so: three characters at least",
  ],
  ["owner", "orders", "whose label org.opencontainers.image.authors or .vendor, or one that ends in .team, says so"],
  [
    "label",
    "com.example.team=ord*",
    "a label of this value; name alone: with this label; * behind three characters: what begins so",
  ],
  ["package", "openssl@3.0*", "what its SBOMs name, whoever signed them"],
  ["digest", "sha256:0f3a9c", "an index, one of its images, or a configuration"],
];

const examples = (): Markup =>
  section(
    "examples",
    "What can be asked",
    htmlTable(
      ["In", "For example", "Finds"],
      EXAMPLES.map(([place, q, what]) => [
        PLACES[place],
        markup`<a href="/search?${new URLSearchParams({ in: place, q }).toString()}"><code>${q}</code></a>`,
        what,
      ]),
    ),
  );

function askSection(query: SearchQuery, wrong?: string): Markup {
  const options = SEARCH_PLACES.map((place) =>
    place === query.in
      ? markup`<option value="${place}" selected>${PLACES[place]}</option>`
      : markup`<option value="${place}">${PLACES[place]}</option>`,
  );
  return section(
    "ask",
    "Images of both registries",
    markup`${wrong === undefined ? undefined : markup`<p class="notice bad" role="alert">${wrong}</p>`}<form class="ask" action="/search">
<label>Look for <input type="search" name="q" required value="${query.q}" placeholder="orders"></label>
<label>In <select name="in">${options}</select></label> <button>Search</button></form>`,
  );
}

/** The form, with what can be asked and how old the answers are. */
export const searchForm = (query: SearchQuery, index: IndexState, wrong?: string): Markup =>
  markup`${askSection(query, wrong)}${examples()}${indexSection(index)}`;

const REASONS: Readonly<Record<SearchReason["kind"], string>> = {
  ...{ label: "", annotation: "annotation ", package: "contains ", digest: "" },
};

function reasonText({ kind, name, value, fullLength }: SearchReason): Markup {
  if (kind === "digest") return markup`<code>${name}</code>`;
  const joint = kind === "package" ? " " : "=";
  return markup`${REASONS[kind]}<code>${name.slice(0, 100)}</code>${joint}${longText(value, fullLength)}`;
}

function hitRow({
  repository,
  class: imageClass,
  digest,
  tags,
  tagCount,
  owners,
  reasons,
  ...hit
}: SearchHit): Content[] {
  const [tag] = tags;
  const more = tagCount > 1 ? markup` <span class="soft">and ${counted(tagCount - 1, "more tag")}</span>` : undefined;
  return [
    markup`<a href="${imageAddress(repository, digest)}">${repository}${tag === undefined ? "" : `:${tag}`}</a>${more}<br>${classBadge(imageClass)} ${shortDigest(digest)}${hit.isCut ? markup` <span class="soft">not all labels are searched</span>` : undefined}${hit.hasAllPackages ? undefined : markup` <span class="soft">not all packages are known</span>`}`,
    owners.length === 0 ? markup`<em>none said</em>` : owners.map((owner) => markup`${longText(owner)} `),
    reasons.length === 0 ? "its name or a tag" : reasons.map((reason) => markup`<p>${reasonText(reason)}</p>`),
    timeOf(hit.created),
  ];
}

const pageAddress = ({ q, in: place }: SearchQuery, after?: string): string =>
  `/search?${new URLSearchParams({ in: place, q, ...(after === undefined ? {} : { after }) }).toString()}`;

/** What a search finds. */
export function searchPage(query: SearchQuery, { hits, total, isMore, next, index }: SearchPage): Markup {
  const count = `${isMore ? "More than " : ""}${counted(total, "image")}`;
  const isAll = index.state === "ready" && next === undefined;
  const none = isAll ? "No image that you may read." : "No image so far.";
  const onward = next === undefined ? undefined : markup`<a href="${pageAddress(query, next)}">Next page</a>`;
  const first = query.after === undefined ? undefined : markup`<a href="${pageAddress(query)}">First page</a> `;
  const body =
    hits.length === 0
      ? markup`<p class="empty">${none}</p><p>${first}${onward}</p>`
      : markup`<p class="soft">${count}. Labels and SBOMs are what whoever built the image says; its page says who vouches for it.</p>
<div class="dense">${htmlTable(["Image", "Owner", "Found by", "Created"], hits.map(hitRow))}</div><p>${first}${onward}</p>`;
  return markup`${askSection(query)}${notices(index)}${section("found", "Found", body)}${indexSection(index)}`;
}

/** What makes answers incomplete, in front of them. */
function notices({ state, repositories, repositoriesRead, problems }: IndexState): Content {
  const building = `The index is being built: ${repositoriesRead} of ${counted(repositories, "repository", "repositories")} were read. What is in the others is not found yet.`;
  return [
    state === "building" ? markup`<p class="notice warn" role="status">${building}</p>` : undefined,
    state === "off"
      ? markup`<p class="notice bad" role="status">There is no index, and nothing is found.</p>`
      : undefined,
    problems.map((problem) => markup`<p class="notice warn" role="status">${longText(problem)}</p>`),
  ];
}

/** How old the index is, and what reading it anew costs. */
function indexSection(index: IndexState): Markup {
  const { state, asOf, images, imagesWithPackages, imagesWithPartialPackages, tags, isKept, cost } = index;
  const partial = `; packages of ${counted(imagesWithPartialPackages, "image")} are not whole`;
  const word = {
    ready: htmlBadge("good", "whole"),
    building: htmlBadge("warn", "being built"),
    off: htmlBadge("bad", "off"),
  };
  const per = ({ reads, referrerLists }: typeof cost.pace) => `${reads} requests, ${referrerLists} lists of referrers`;
  const rows: readonly (readonly [string, Content])[] = [
    ["State", word[state]],
    [
      "As of",
      asOf === undefined
        ? markup`<em>not read from first to last yet</em>`
        : markup`${timeOf(asOf)}: what changed since may be missing`,
    ],
    ["Images", `${images}, by ${counted(tags, "tag")}`],
    [
      "Packages",
      `${imagesWithPackages === images ? "of all images" : `of ${imagesWithPackages} images: those of the others are not found yet`}${imagesWithPartialPackages === 0 ? "" : partial}`,
    ],
    ["After a restart", isKept ? "goes on as it was" : "is built anew"],
    [
      "To read all anew",
      `${cost.reads} requests, ${cost.referrerLists} of them lists of referrers: ${counted(cost.minutes, "minute")}`,
    ],
    [
      "Pace, a minute and registry",
      `at most ${per(cost.pace)}; the smallest Azure Container Registry allows ${per(cost.allowed)}`,
    ],
  ];
  return section(
    "index",
    "The index",
    markup`${state === "off" ? undefined : htmlTable([], rows)}${state === "off" ? notices(index) : undefined}`,
  );
}
