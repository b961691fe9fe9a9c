import { z } from "zod";
import { type Digest, isDigest } from "../../base/digest";
import { isRepository, isTag } from "../../base/reference";
import { IMAGE_BINDINGS, IMAGE_CLASSES } from "../../domain/image/imageClass";
import type {
  ComparisonView,
  ImageView,
  OriginView,
  RegistryView,
  RepositoryView,
  SearchPage,
  TagPage,
  TrustView,
} from "../model";

/** A digest, as text that readers of the document can check as well. */
export const digest = z
  .string()
  .regex(
    /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/,
    "allowed: a digest, such as sha256: and 64 hexadecimal digits",
  )
  .refine((text): text is Digest => isDigest(text), "not a digest")
  .meta({ id: "Digest" });
export const repository = z.string().max(255).refine(isRepository, "allowed: a repository of the stage's map");
export const reference = z
  .string()
  .max(255)
  .refine((text) => isTag(text) || isDigest(text), "allowed: a tag or a digest");

const text = z.string();
const time = z.iso.datetime();
const imageClass = z.enum(IMAGE_CLASSES);

/** @param id names the schema in the document */
const named = <Shape extends z.ZodRawShape>(id: string, shape: Shape) => z.object(shape).meta({ id });

const registry = named("Registry", {
  ...{ class: imageClass, host: text, vanityHost: text, kind: text, namespace: text.exactOptional() },
}) satisfies z.ZodType<RegistryView>;

export const stageAnswer = named("Stage", {
  ...{ stage: text, product: text, registries: z.array(registry) },
  /** Of everything that was settled when the console was built. */
  settings: digest,
});

export const repositoriesAnswer = named("Repositories", {
  repositories: z.array(named("Repository", { repository: text, class: imageClass, binding: z.enum(IMAGE_BINDINGS) })),
}) satisfies z.ZodType<{ repositories: readonly RepositoryView[] }>;

const summary = named("TagSummary", {
  platforms: z.array(text),
  ...{ created: text.exactOptional(), version: text.exactOptional() },
  ...{ revision: text.exactOptional(), source: text.exactOptional() },
});

export const tagsAnswer = named("TagPage", {
  repository: text,
  tags: z.array(
    named("Tag", {
      ...{ repository: text, class: imageClass, tag: text },
      ...{ digest: digest.exactOptional(), summary: summary.exactOptional() },
    }),
  ),
  hidden: z.int().min(0),
  next: text.exactOptional(),
}) satisfies z.ZodType<TagPage>;

const facts = z.array(
  named("Fact", {
    name: text,
    value: text,
    fullLength: z.int().min(0).exactOptional(),
    fullDigest: digest.exactOptional(),
  }),
);

const platform = named("Platform", {
  ...{ digest, config: digest, platform: text.exactOptional(), created: text.exactOptional() },
  ...{ size: z.number().min(0), labels: facts, labelsLeftOut: z.int().min(0), annotations: facts },
  ...{ user: text.exactOptional(), entrypoint: z.array(text), command: z.array(text), environment: z.array(text) },
});

export const imageAnswer = named("Image", {
  ...{ registry, repository: text, reference: text, digest, mediaType: text, tag: text.exactOptional() },
  ...{ tags: z.array(text), annotations: facts, platforms: z.array(platform) },
  attestations: z.array(named("Attestation", { digest, about: digest.exactOptional(), what: text })),
  readAt: time,
}) satisfies z.ZodType<ImageView>;

export const trustAnswer = named("Trust", {
  signatures: z.array(
    named("Signature", {
      ...{ signer: text.exactOptional(), form: z.enum(["bundle", "simple"]), trusted: z.boolean(), policy: text },
      ...{ because: text.exactOptional(), at: time.exactOptional(), about: text, descriptor: digest },
    }),
  ),
  records: z.array(
    named("Record", {
      ...{ how: z.enum(["published", "promoted"]), stage: text, repository: text, at: text, tags: z.array(text) },
      ...{ what: text, signer: text.exactOptional(), here: z.boolean(), because: text.exactOptional() },
      build: z.object({ source: text, commit: text, version: text }).exactOptional(),
    }),
  ),
  sboms: z.array(
    named("Sbom", {
      ...{ digest, about: digest.exactOptional(), format: text, signer: text.exactOptional() },
      packages: z.array(named("Package", { name: text, version: text })),
    }),
  ),
  others: z.array(named("Referrer", { digest, type: text })),
  unread: z.array(text).exactOptional(),
}) satisfies z.ZodType<TrustView>;

const TOPICS = [
  ...(["labels", "annotations", "environment", "configuration"] as const),
  ...(["platforms", "packages", "signatures", "records"] as const),
] as const;

export const compareAnswer = named("Comparison", {
  ...{ left: imageAnswer, right: imageAnswer, platform: text.exactOptional() },
  differences: z.array(
    named("Difference", {
      ...{ topic: z.enum(TOPICS), name: text, left: text.exactOptional(), right: text.exactOptional() },
    }),
  ),
  equal: z.int().min(0),
  unread: z.array(text).exactOptional(),
}) satisfies z.ZodType<ComparisonView>;

/** One registry's share of an answer, or why it is not there. */
const part = <Value extends z.ZodType>(value: Value) =>
  z.discriminatedUnion("state", [
    z.object({ state: z.literal("ok"), value }),
    z.object({ state: z.literal("unavailable"), reason: text, retryAfter: z.number().min(0).exactOptional() }),
  ]);

export const originAnswer = named("Origin", {
  digest,
  holders: z.array(z.object({ registry, repositories: part(z.array(text)), misplaced: z.array(text).exactOptional() })),
  complete: z.boolean(),
  statements: z.array(
    named("OriginStatement", {
      ...{ what: text, evidence: text },
      trust: z.enum(["self-asserted", "signed", "verified-by-record", "untrusted"]),
    }),
  ),
  unread: z.array(text).exactOptional(),
}) satisfies z.ZodType<OriginView>;

export const healthAnswer = named("Health", {
  registries: z.array(z.object({ registry, part: part(z.literal("up")) })),
});

const amount = z.int().min(0);
const pace = z.object({ reads: amount, referrerLists: amount });

export const searchAnswer = named("SearchPage", {
  hits: z.array(
    named("SearchHit", {
      ...{ repository: text, class: imageClass, digest, tags: z.array(text), tagCount: amount },
      ...{ platforms: z.array(text), created: text.exactOptional(), owners: z.array(text) },
      reasons: z.array(
        named("SearchReason", {
          kind: z.enum(["label", "annotation", "package", "digest"]),
          ...{ name: text, value: text, fullLength: amount.exactOptional() },
        }),
      ),
      ...{ isCut: z.boolean(), hasAllPackages: z.boolean(), readAt: time },
    }),
  ),
  ...{ total: amount, isMore: z.boolean(), next: text.exactOptional() },
  index: named("IndexState", {
    ...{ state: z.enum(["ready", "building", "off"]), asOf: time.exactOptional() },
    ...{
      repositories: amount,
      repositoriesRead: amount,
      images: amount,
      imagesWithPackages: amount,
      imagesWithPartialPackages: amount,
      tags: amount,
    },
    ...{ problems: z.array(text), isKept: z.boolean() },
    cost: named("IndexCost", { reads: amount, referrerLists: amount, minutes: amount, pace, allowed: pace }),
  }),
}) satisfies z.ZodType<SearchPage>;

/** What went wrong. Source: RFC 9457. */
export const problem = named("Problem", {
  type: text,
  title: text,
  status: z.int(),
  detail: text,
});
