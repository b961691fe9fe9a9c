import { z } from "zod";
import type { OwnRetention, OwnRule } from "../domain/settings/ownRetention";
import { globOfExpression } from "../domain/settings/glob";
import { read, type Reading, unread } from "../domain/settings/registrySettings";
import type { TagImmutability, TagSelector } from "../domain/settings/tagSelector";
import type { Answer } from "./api";
import { atHost, inUrl, once, type ReadKind, settingsOf, splitPath, tokenIn } from "./types";

const pattern = {
  tagPattern: z.string().max(500).nullish(),
  tagPatternMatches: z.boolean().nullish(),
};
const repositorySchema = z.object({
  namespace: z.string().max(255),
  name: z.string().max(255),
  is_public: z.boolean(),
  is_organization: z.boolean().optional(),
});
const immutabilitySchema = z.object({ policies: z.array(z.object(pattern)).max(1_000) });
const pruneSchema = z.object({
  policies: z
    .array(
      z.object({
        method: z.enum(["number_of_tags", "creation_date"]),
        value: z.union([z.int(), z.string().max(20)]),
        ...pattern,
      }),
    )
    .max(1_000),
});

/** Quay compares the expression with the beginning of a tag. Source: quay/quay, data/model/immutability.py. */
function selectorOf({ tagPattern, tagPatternMatches }: z.infer<z.ZodObject<typeof pattern>>): TagSelector | undefined {
  if (typeof tagPattern !== "string" || tagPattern === "") return undefined;
  const globs = [globOfExpression(tagPattern, "start") ?? tagPattern];
  return tagPatternMatches === false ? { globs, others: true } : { globs };
}

const UNIT_DAYS: Readonly<Record<string, number>> = { s: 1 / 86_400, m: 1 / 1_440, h: 1 / 24, d: 1, w: 7, y: 365 };

function ruleOf(policy: z.infer<typeof pruneSchema>["policies"][number], name: string): OwnRule | undefined {
  const [, count, unit = ""] = /^(\d{1,9})([smhdwy]?)$/.exec(String(policy.value)) ?? [];
  if (count === undefined) return undefined;
  const selector = selectorOf(policy);
  const days = Math.floor(Number(count) * (UNIT_DAYS[unit] ?? 1));
  return {
    ...{ name, action: "delete", manifests: "tagged" },
    ...(selector && { selector }),
    bound: policy.method === "number_of_tags" ? { newest: Number(count) } : { by: "push", days },
  };
}

type Policies<T> = Answer<{ policies: T[] }>;

/**
 * The policies of a repository and of its organization together.
 *
 * @param off what it means that there is no such interface
 */
function together<T>(own: Policies<T>, organization: Policies<T>, off: string): Reading<readonly T[]> {
  // The repository was found, so that 404 is said of the feature; of a user's namespace it is said of the organization.
  if (own.state === "refused") return own.status === 404 ? read([], off) : unread(own.because);
  const above = organization.state === "given" ? organization.value.policies : [];
  if (organization.state === "refused" && organization.status !== 404) return unread(organization.because);
  const all = [...own.value.policies, ...above];
  return read(all, all.length === 0 ? "no policy" : `${all.length} ${all.length === 1 ? "policy" : "policies"}`);
}

/**
 * Reads from Quay's own interface, with the OAuth token of an application in QUAY_TOKEN: robots and passwords log in to
 * the registry alone. Source: quay/quay, endpoints/api: repository.py, policy.py, immutability_policy.py.
 */
export const readQuay: ReadKind = async ({ host, repositories, env, open, api }) => {
  const token = tokenIn(env, "QUAY_TOKEN");
  const plain = open(api ?? atHost(host, "/api/v1"));
  const quay = token === undefined ? plain : plain.with({ authorization: `Bearer ${token}` });
  const login = token === undefined ? "an OAuth token in QUAY_TOKEN with" : "a token with";
  const needsOrganization = `${login} org:admin`;
  const immutabilityAbove = once((name) => {
    const path = `organization/${inUrl(name)}/immutabilitypolicy/`;
    return quay.ask({ path, schema: immutabilitySchema, needs: needsOrganization });
  });
  const pruneAbove = once((name) => {
    const path = `organization/${inUrl(name)}/autoprunepolicy/`;
    return quay.ask({ path, schema: pruneSchema, needs: needsOrganization });
  });

  const settings = repositories.map(async (each) => {
    const [namespace] = splitPath(each.path);
    const base = `repository/${inUrl(each.path)}`;
    const found = await quay.ask({
      path: `${base}?includeTags=false`,
      ...{ schema: repositorySchema, needs: `${login} repo:read` },
    });
    const of = `repository ${each.path}`;
    if (found.state === "refused") {
      const why = unread(found.because);
      return settingsOf("quay", each, of, {
        immutability: why,
        retention: why,
        visibility: why,
        owner: why,
        place: why,
      });
    }
    const needs = `${login} repo:admin`;
    const [immutable, prune, immutableAbove, prunedAbove] = await Promise.all([
      quay.ask({ path: `${base}/immutabilitypolicy/`, schema: immutabilitySchema, needs }),
      quay.ask({ path: `${base}/autoprunepolicy/`, schema: pruneSchema, needs }),
      immutabilityAbove(namespace),
      pruneAbove(namespace),
    ]);
    const { is_public: isPublic, namespace: owner } = found.value;
    return settingsOf("quay", each, of, {
      immutability: immutabilityOf(together(immutable, immutableAbove, "immutability policies are switched off here")),
      retention: retentionOf(together(prune, prunedAbove, "auto-pruning is switched off here")),
      visibility: read(isPublic ? "public" : "private", `is_public: ${isPublic}`),
      owner: read(owner, `namespace: ${owner}`),
      place: read([{ part: "namespace", wanted: namespace, found: owner }], owner),
    });
  });
  return { repositories: await Promise.all(settings) };
};

function immutabilityOf(
  policies: Reading<readonly z.infer<typeof immutabilitySchema>["policies"][number][]>,
): Reading<TagImmutability> {
  if (policies.state !== "read") return policies;
  const patterns = policies.value.map(({ tagPattern, tagPatternMatches }) => {
    return `${tagPatternMatches === false ? "all but " : ""}${tagPattern ?? ""}`;
  });
  const shown = `immutability policies: ${patterns.length === 0 ? policies.shown : patterns.join(", ")}`;
  return read({ immutable: policies.value.map(selectorOf), except: [] }, shown);
}

function retentionOf(
  policies: Reading<readonly z.infer<typeof pruneSchema>["policies"][number][]>,
): Reading<OwnRetention> {
  if (policies.state !== "read") return policies;
  const rules = policies.value.map((policy, at) => ruleOf(policy, `auto-prune policy ${at + 1}`));
  const all = rules.filter((rule) => rule !== undefined);
  if (all.length < rules.length) return unread("an auto-prune policy has a value that is not read: compare it by hand");
  return read({ rules: all }, `auto-prune: ${policies.shown}`);
}
