import { z } from "zod";
import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import { isDigest } from "../../base/digest";
import { isRepository, isTag } from "../../base/reference";
import type { Visitor } from "../app";
import type { Catalog, Part } from "../model";
import { type ImageSearch, MAX_QUESTION, SEARCH_PLACES } from "../search";
import * as schemas from "./schemas";

/** Who asks what of the API. Who goes before the answer ends nothing: others may wait for the same. */
interface Asked<Query> {
  query: Query;
  visitor: Visitor;
}

/** One operation of the API: what it is asked with, and what it answers. */
export interface Operation {
  /** Below `/api/v1`. */
  path: string;
  name: string;
  summary: string;
  query: z.ZodObject;
  answer: z.ZodType;
  /** @throws DualRegistryError NOT_FOUND, also for what the visitor may not read; USAGE for a query that is wrong */
  run: (raw: unknown, asked: Omit<Asked<unknown>, "query">) => Promise<Part<object>>;
}

function operation<Query extends z.ZodObject>(
  declared: Omit<Operation, "run" | "query"> & { query: Query },
  run: (asked: Asked<z.output<Query>>) => Promise<Part<object>> | Part<object>,
): Operation {
  return {
    ...declared,
    run: async (raw, asked) => {
      const read = declared.query.safeParse(raw);
      if (read.success) return run({ query: read.data, ...asked });
      const lines = read.error.issues.map(
        ({ path, message }) => `${path.map(String).join(".") || "query"}: ${message}`,
      );
      throw new DualRegistryError("USAGE", lines.slice(0, 10).join("; "));
    },
  };
}

const ok = <T>(value: T): Part<T> => ({ state: "ok", value });

/** What may not be read is answered as what is not there. */
function refuseUnread(visitor: Visitor, repository: string): void {
  if (!visitor.mayRead(repository)) throw new DualRegistryError("NOT_FOUND", "not for this visitor");
}

/** `orders/api:v1.2.3` or `orders/api@sha256:…` */
const imageName = z
  .string()
  .max(600)
  .transform((text, context) => {
    const at = text.indexOf("@");
    const cut = at >= 0 ? at : text.lastIndexOf(":");
    const [repository, reference] = [text.slice(0, Math.max(cut, 0)), text.slice(cut + 1)];
    if (isRepository(repository) && (at >= 0 ? isDigest(reference) : isTag(reference)))
      return { repository, reference };
    context.addIssue("allowed: repository:tag or repository@digest");
    return z.NEVER;
  });

/** Where a page of a search ends: an image by its digest. */
const behind = imageName.transform(({ repository, reference }, context) => {
  if (isDigest(reference)) return { repository, digest: reference };
  context.addIssue("allowed: repository@digest");
  return z.NEVER;
});

const limit = z
  .string()
  .regex(/^(?:[1-9]\d?|100)$/, "allowed: 1 to 100")
  .transform(Number)
  .default(100);
const none = z.strictObject({});

/** Every operation of the API. @param settings digest of what was settled when the console was built */
export function operationsOf(
  catalog: Catalog,
  search: Pick<ImageSearch, "findInTurn">,
  settings: string,
): readonly Operation[] {
  return [
    operation(
      {
        path: "/stage",
        name: "stage",
        summary: "The stage and its two registries",
        query: none,
        answer: schemas.stageAnswer,
      },
      () => ok({ stage: catalog.stage, product: catalog.product, registries: catalog.registries, settings }),
    ),
    operation(
      {
        ...{ path: "/repositories", name: "repositories", summary: "The repositories that you may read, by name" },
        ...{ query: none, answer: schemas.repositoriesAnswer },
      },
      ({ visitor }) =>
        ok({ repositories: catalog.repositories().filter(({ repository }) => visitor.mayRead(repository)) }),
    ),
    operation(
      {
        ...{ path: "/tags", name: "tags", summary: "A page of tags, sorted; those of signatures are left out" },
        query: z.strictObject({
          repository: schemas.repository,
          after: z.string().refine(isTag, "allowed: a tag").exactOptional(),
          limit,
          details: z.enum(["true", "false"]).default("false"),
        }),
        answer: schemas.tagsAnswer,
      },
      ({ query: { repository, after, limit: most, details }, visitor }) => {
        refuseUnread(visitor, repository);
        return catalog.tags(repository, { limit: most, details: details === "true", ...defined({ after }) });
      },
    ),
    operation(
      {
        ...{ path: "/image", name: "image", summary: "An image by tag or digest: labels, annotations, platforms" },
        query: z.strictObject({ repository: schemas.repository, reference: schemas.reference }),
        answer: schemas.imageAnswer,
      },
      ({ query: { repository, reference }, visitor }) => {
        refuseUnread(visitor, repository);
        return catalog.image(repository, reference);
      },
    ),
    operation(
      {
        ...{
          path: "/trust",
          name: "trust",
          summary: "Signatures, records and SBOMs, judged by the stage's own policy",
        },
        query: z.strictObject({ repository: schemas.repository, digest: schemas.digest }),
        answer: schemas.trustAnswer,
      },
      ({ query: { repository, digest }, visitor }) => {
        refuseUnread(visitor, repository);
        return catalog.trust(repository, digest);
      },
    ),
    operation(
      {
        ...{ path: "/compare", name: "compare", summary: "What two images differ in" },
        query: z.strictObject({
          ...{ left: imageName, right: imageName },
          platform: z.string().max(100).exactOptional(),
        }),
        answer: schemas.compareAnswer,
      },
      ({ query: { left, right, platform }, visitor }) => {
        refuseUnread(visitor, left.repository);
        refuseUnread(visitor, right.repository);
        return catalog.compare(left, right, defined({ platform }));
      },
    ),
    operation(
      {
        ...{ path: "/origin", name: "origin", summary: "Which registry holds a digest, and what is said of it there" },
        query: z.strictObject({ digest: schemas.digest }),
        answer: schemas.originAnswer,
      },
      async ({ query: { digest }, visitor }) => ok(await catalog.origin(digest, visitor.mayRead)),
    ),
    operation(
      {
        ...{ path: "/search", name: "search", summary: "Images by label, annotation, owner, package or digest" },
        query: z.strictObject({
          q: z.string().max(MAX_QUESTION),
          in: z.enum(SEARCH_PLACES).default("any"),
          after: behind.exactOptional(),
          limit,
        }),
        answer: schemas.searchAnswer,
      },
      async ({ query: { q, in: place, after, limit: most }, visitor: { mayRead } }) =>
        ok(await search.findInTurn(place, q, { mayRead, limit: most, ...defined({ after }) })),
    ),
    operation(
      {
        ...{ path: "/health", name: "health", summary: "Whether each registry answers" },
        ...{ query: none, answer: schemas.healthAnswer },
      },
      async () => ok({ registries: await catalog.health() }),
    ),
  ];
}
