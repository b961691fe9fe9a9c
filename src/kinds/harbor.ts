import { z } from "zod";
import { globMatches, parseGlob } from "../domain/settings/glob";
import type { Bound, OwnRetention, OwnRule } from "../domain/settings/ownRetention";
import { mapReading, read, type Reading, unread } from "../domain/settings/registrySettings";
import type { TagImmutability, TagSelector } from "../domain/settings/tagSelector";
import type { Answer, KindApi } from "./api";
import { atHost, once, type ReadKind, settingsOf, splitPath } from "./types";

const selector = z.object({
  kind: z.string().max(50).optional(),
  decoration: z.string().max(50),
  pattern: z.string().max(500),
  extras: z.string().max(1_000).optional(),
});
const scoped = {
  disabled: z.boolean().optional(),
  tag_selectors: z.array(selector).max(20).nullish(),
  scope_selectors: z.record(z.string().max(50), z.array(selector).max(20)).nullish(),
};
const projectSchema = z.object({
  project_id: z.int(),
  name: z.string().max(255),
  owner_name: z.string().max(255).optional(),
  metadata: z.object({
    public: z.string().max(10).optional(),
    auto_scan: z.string().max(10).nullish(),
    retention_id: z
      .string()
      .regex(/^\d{1,18}$/)
      .nullish(),
  }),
});
type Project = z.infer<typeof projectSchema>;
const immutableSchema = z.array(z.object(scoped)).max(100);
type ImmutableRule = z.infer<typeof immutableSchema>[number];
const retentionSchema = z.object({
  algorithm: z.string().max(20).optional(),
  rules: z
    .array(z.object({ ...scoped, template: z.string().max(100), params: z.record(z.string(), z.unknown()).nullish() }))
    .max(100)
    .nullish(),
  trigger: z.object({ settings: z.object({ cron: z.string().max(200).optional() }).nullish() }).nullish(),
});
type Retention = z.infer<typeof retentionSchema>;

const PAGE = 100;
const MOST_PAGES = 10;

/** True where a rule is about a repository of its project. Patterns are doublestar's: a single star keeps to a name. */
function isAbout(repository: string, { scope_selectors: scopes }: Pick<ImmutableRule, "scope_selectors">): boolean {
  return (scopes?.["repository"] ?? []).every(({ decoration, pattern }) => {
    const globs = parseGlob(pattern);
    if (globs === undefined) return true;
    return globs.some((glob) => globMatches(glob, repository)) === (decoration !== "repoExcludes");
  });
}

/** The tags of a rule; undefined for all of them. Several selectors of one rule are not read. */
function tagsOf({ tag_selectors: selectors }: Pick<ImmutableRule, "tag_selectors">): TagSelector | undefined {
  const [first, ...more] = selectors ?? [];
  if (first === undefined) return undefined;
  if (more.length > 0) return { globs: [[first, ...more].map(({ pattern }) => pattern).join(" and ")] };
  return first.decoration === "excludes" ? { globs: [first.pattern], others: true } : { globs: [first.pattern] };
}

function immutabilityOf(rules: readonly ImmutableRule[], repository: string): Reading<TagImmutability> {
  const about = rules.filter((rule) => rule.disabled !== true && isAbout(repository, rule));
  const patterns = about.flatMap(({ tag_selectors: tags }) =>
    (tags ?? []).map(({ decoration, pattern }) => `${decoration} ${pattern}`),
  );
  const shown = about.length === 0 ? "no tag immutability rule" : `tag immutability rules: ${patterns.join(", ")}`;
  return read({ immutable: about.map(tagsOf), except: [] }, shown);
}

const numberIn = (params: Retention["rules"], at: number, name: string): number | undefined => {
  const value = params?.[at]?.params?.[name];
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
};

/** What a template of a rule keeps. Source: goharbor/harbor, src/pkg/retention/policy/rule. */
function boundOf(rules: Retention["rules"], at: number): Bound | "nothing" | undefined {
  const template = rules?.[at]?.template ?? "";
  const value = numberIn(rules, at, template);
  if (template === "always") return "always";
  // The most recently pulled are not the newest: they keep nothing for sure of what a stage counts.
  if (template === "nothing" || template === "latestPulledN") return "nothing";
  if (value === undefined) return undefined;
  if (template === "latestPushedK") return { newest: value };
  if (template === "nDaysSinceLastPush") return { by: "push", days: value };
  return template === "nDaysSinceLastPull" ? { by: "pull", days: value } : undefined;
}

/** Whether a rule keeps what has no tag too: it does unless its selector says otherwise. */
const keepsUntagged = ({ tag_selectors: selectors }: Pick<ImmutableRule, "tag_selectors">): boolean =>
  (selectors ?? []).every(({ extras = "" }) => /"untagged"\s*:\s*true/.test(extras));

/** A retention policy retains what its rules name, and deletes everything else in the repositories they are about. */
function retentionOf({ rules, trigger }: Retention, repository: string): Reading<OwnRetention> {
  const own: OwnRule[] = [];
  for (const [at, rule] of (rules ?? []).entries()) {
    if (rule.disabled === true || !isAbout(repository, rule)) continue;
    const bound = boundOf(rules, at);
    if (bound === undefined) return unread(`retention rule ${at + 1}: template ${rule.template} is not read`);
    if (own.length === 0) own.push({ name: "tag retention", action: "delete", manifests: "all", bound: "always" });
    if (bound === "nothing") continue;
    const tags = tagsOf(rule);
    const kept = { action: "keep" as const, bound, name: `retention rule ${at + 1}` };
    own.push({ ...kept, manifests: "tagged", ...(tags && { selector: tags }) });
    if (keepsUntagged(rule)) own.push({ ...kept, manifests: "untagged" });
  }
  const scheduled = (trigger?.settings?.cron ?? "") !== "";
  const idle = scheduled
    ? {}
    : { idle: "the tag retention policy has no schedule, and deletes only when somebody runs it" };
  return read(
    { rules: own, sparesImmutable: true, ...idle },
    own.length === 0 ? "no tag retention rule" : "tag retention policy",
  );
}

/** All rules over their pages, or why not. */
async function immutableRules(harbor: KindApi, project: number): Promise<Answer<ImmutableRule[]>> {
  const all: ImmutableRule[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const answer = await harbor.ask({
      path: `projects/${project}/immutabletagrules?page=${page}&page_size=${PAGE}`,
      ...{ schema: immutableSchema, needs: "a robot with List Immutable Tag, or a project administrator" },
    });
    if (answer.state === "refused") return answer;
    all.push(...answer.value);
    const total = Number(answer.header("x-total-count") ?? all.length);
    if (answer.value.length === 0 || all.length >= total) return { ...answer, value: all };
  }
  return { state: "refused", status: 0, because: `more than ${MOST_PAGES} pages of tag immutability rules` };
}

/**
 * Reads the settings of a project from Harbor's interface, with the login of the registry: a robot of the system or the
 * project, or a person. Source: goharbor/harbor, api/v2.0/swagger.yaml.
 */
export const readHarbor: ReadKind = async ({ host, repositories, credentials, open, api }) => {
  const login = await credentials(host).catch(() => undefined);
  const plain = open(api ?? atHost(host, "/api/v2.0"));
  const basic =
    login?.kind === "basic" ? Buffer.from(`${login.username}:${login.password}`).toString("base64") : undefined;
  const harbor = basic === undefined ? plain : plain.with({ authorization: `Basic ${basic}` });
  const project = once((name) =>
    harbor.ask({
      path: `projects/${encodeURIComponent(name)}`,
      ...{ schema: projectSchema, headers: { "x-is-resource-name": "true" } },
      needs: "the login of a robot with Read Project, or of a member",
    }),
  );
  const rules = once((id) => immutableRules(harbor, Number(id)));
  const policy = once((id) =>
    harbor.ask({
      path: `retentions/${id}`,
      ...{ schema: retentionSchema, needs: "a robot with Read Tag Retention, or a project administrator" },
    }),
  );
  const settings = repositories.map(async (each) => {
    const [name, image] = splitPath(each.path);
    const of = `project ${name}`;
    const answer = await project(name);
    if (answer.state === "refused") {
      const why = unread(answer.because);
      const all = { immutability: why, retention: why, scanning: why, visibility: why, owner: why, place: why };
      return settingsOf("harbor", each, of, all);
    }
    const { value } = answer;
    const id = value.metadata.retention_id ?? undefined;
    const immutable = await rules(String(value.project_id));
    const retention = id === undefined ? undefined : await policy(id);
    return settingsOf("harbor", each, of, {
      immutability: mapReading(readingOf(immutable), (all) => immutabilityOf(all, image)),
      retention:
        retention === undefined
          ? read({ rules: [] }, "no tag retention policy")
          : mapReading(readingOf(retention), (found) => retentionOf(found, image)),
      ...ofProject(value, name),
    });
  });
  return { repositories: await Promise.all(settings) };
};

const readingOf = <T>(answer: Answer<T>): Reading<T> =>
  answer.state === "given" ? read(answer.value, "") : unread(answer.because);

function ofProject({ metadata, name: found, owner_name: owner }: Project, wanted: string) {
  const isPublic = metadata.public === "true";
  const scans = metadata.auto_scan === "true";
  return {
    scanning: read(scans, `auto_scan: ${scans}`),
    visibility: read(isPublic ? ("public" as const) : ("private" as const), `public: ${isPublic}`),
    owner: owner === undefined ? unread("owner_name is not in the answer") : read(owner, `owner_name: ${owner}`),
    place: read([{ part: "project", wanted, found }], found),
  };
}
