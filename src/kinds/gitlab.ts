import type { TagImmutability } from "../domain/settings/tagSelector";
import { z } from "zod";
import { globOfExpression } from "../domain/settings/glob";
import type { OwnRetention, OwnRule } from "../domain/settings/ownRetention";
import { read, type Reading, unread, VISIBILITIES } from "../domain/settings/registrySettings";
import type { Answer, KindApi } from "./api";
import { once, type ReadKind, settingsOf, tokenIn } from "./types";

/** Where the interface of registry.gitlab.com is. Of a registry elsewhere no name says where its GitLab is. */
const HOSTED = { host: "registry.gitlab.com", api: "https://gitlab.com/api/v4" };

const expression = z.string().max(1_000).nullish();
const projectSchema = z.object({
  id: z.int(),
  path_with_namespace: z.string().max(1_000),
  visibility: z.enum(VISIBILITIES),
  container_registry_access_level: z.enum(["disabled", "private", "enabled"]).optional(),
  namespace: z.object({ full_path: z.string().max(1_000) }).optional(),
  container_expiration_policy: z
    .object({
      enabled: z.boolean(),
      keep_n: z.int().nullish(),
      older_than: z.string().max(20).nullish(),
      name_regex: expression,
      name_regex_delete: expression,
      name_regex_keep: expression,
    })
    .nullish(),
});
type Project = z.infer<typeof projectSchema>;
const rulesSchema = z
  .array(
    z.object({
      tag_name_pattern: z.string().max(500),
      minimum_access_level_for_push: z.string().max(50).nullish(),
      minimum_access_level_for_delete: z.string().max(50).nullish(),
    }),
  )
  .max(100);
const tokenSchema = z.object({
  expires_at: z.string().max(30).nullish(),
  scopes: z.array(z.string().max(50)).max(100),
});

/** GitLab compares the expressions of a cleanup with the whole tag. */
const selectorOf = (text: string) => ({ globs: [globOfExpression(text, "whole") ?? text] });

/**
 * Source: GitLab, "Reduce container registry storage": what a cleanup keeps by name, by age or among the newest stays,
 * and so does `latest`; tags go, and what has none goes with the garbage collection.
 */
function retentionOf({ container_expiration_policy: policy }: Project): Reading<OwnRetention> {
  if (policy === undefined) return unread("container_expiration_policy is not in the answer: the token is no member's");
  if (policy === null || !policy.enabled) return read({ rules: [] }, "cleanup policy: off");
  const days = /^(\d{1,5})d$/.exec(policy.older_than ?? "")?.[1];
  const remove = policy.name_regex_delete ?? policy.name_regex ?? ".*";
  const keep = (name: string, rest: Pick<OwnRule, "bound" | "selector">): OwnRule => ({
    ...{ name, action: "keep", manifests: "tagged" },
    ...rest,
  });
  const rules: OwnRule[] = [
    {
      ...{ name: "cleanup policy", action: "delete", manifests: "tagged", selector: selectorOf(remove) },
      bound: days === undefined ? "always" : { by: "push", days: Number(days) },
    },
    keep("latest", { bound: "always", selector: { globs: ["latest"] } }),
  ];
  if (policy.name_regex_keep)
    rules.push(keep("name_regex_keep", { bound: "always", selector: selectorOf(policy.name_regex_keep) }));
  if (policy.keep_n) rules.push(keep("keep_n", { bound: { newest: policy.keep_n } }));
  return read({ rules, sparesImmutable: true }, "cleanup policy: on");
}

/** A rule without a role that may push is one of immutability. Source: GitLab, "Immutable container tags". */
function immutabilityOf(answer: Answer<z.infer<typeof rulesSchema>>): Reading<TagImmutability> {
  if (answer.state === "refused") {
    if (answer.status !== 404) return unread(answer.because);
    return unread(`${answer.because}; this GitLab has no such interface, or no rules`);
  }
  const patterns = answer.value
    .filter(({ minimum_access_level_for_push: push, minimum_access_level_for_delete: remove }) => !push && !remove)
    .map(({ tag_name_pattern: pattern }) => pattern);
  const shown = patterns.length === 0 ? "no immutable tag rule" : `immutable tag rules: ${patterns.join(", ")}`;
  return read({ immutable: patterns.map(selectorOf), except: [] }, shown);
}

/** The project of a path, which may have up to two names of the image behind it. */
async function projectOf(gitlab: KindApi, path: string): Promise<Answer<Project>> {
  const segments = path.split("/");
  let last: Answer<Project> | undefined;
  for (let behind = 0; behind <= 2 && segments.length - behind >= 2; behind++) {
    const project = encodeURIComponent(segments.slice(0, segments.length - behind).join("/"));
    last = await gitlab.ask({
      path: `projects/${project}`,
      ...{ schema: projectSchema, needs: "a token in GITLAB_TOKEN with read_api" },
    });
    if (last.state === "given" || last.status !== 404) return last;
  }
  return last ?? { state: "refused", status: 0, because: `${path}: names no project` };
}

/**
 * Reads a project's settings from GitLab's interface, with the token in GITLAB_TOKEN.
 * Sources: GitLab, "Projects API", "Container registry protection tag rules API", "Personal access tokens API".
 */
export const readGitlab: ReadKind = async ({ host, repositories, env, open, api }) => {
  const address = api ?? (host.toLowerCase() === HOSTED.host ? HOSTED.api : undefined);
  if (address === undefined) {
    const why = unread("which GitLab this registry belongs to no name says: --api https://gitlab.example.com/api/v4");
    const all = { immutability: why, retention: why, visibility: why, owner: why, place: why };
    return { repositories: repositories.map((each) => settingsOf("gitlab", each, `repository ${each.path}`, all)) };
  }
  const token = tokenIn(env, "GITLAB_TOKEN");
  const gitlab = token === undefined ? open(address) : open(address).with({ "private-token": token });
  const project = once((path) => projectOf(gitlab, path));
  const rules = once((id) =>
    gitlab.ask({
      path: `projects/${id}/registry/protection/tag/rules`,
      ...{ schema: rulesSchema, needs: "a token in GITLAB_TOKEN with read_api, of a Maintainer" },
    }),
  );
  const settings = repositories.map(async (each) => {
    const answer = await project(each.path);
    if (answer.state === "refused") {
      const why = unread(answer.because);
      const all = { immutability: why, retention: why, visibility: why, owner: why, place: why };
      return settingsOf("gitlab", each, `repository ${each.path}`, all);
    }
    const { value } = answer;
    const { visibility, container_registry_access_level: access = "enabled", path_with_namespace: found } = value;
    const seen = access === "enabled" ? visibility : "private";
    const owner = value.namespace?.full_path;
    return settingsOf("gitlab", each, `project ${found}`, {
      immutability: immutabilityOf(await rules(String(value.id))),
      retention: retentionOf(value),
      visibility: read(seen, `visibility: ${visibility}, container_registry_access_level: ${access}`),
      owner: owner === undefined ? unread("namespace is not in the answer") : read(owner, `namespace: ${owner}`),
      // A project that was moved answers under its former path.
      place: read([{ part: "project", wanted: each.path.slice(0, found.length), found: found.toLowerCase() }], found),
    });
  });
  return {
    repositories: await Promise.all(settings),
    token: token === undefined ? unread("GITLAB_TOKEN is not set") : await tokenFacts(gitlab),
  };
};

async function tokenFacts(gitlab: KindApi): Promise<Reading<string>> {
  const answer = await gitlab.ask({
    path: "personal_access_tokens/self",
    ...{ schema: tokenSchema, needs: "a personal, project or group access token" },
  });
  if (answer.state === "refused") return unread(answer.because);
  const { expires_at: ends, scopes } = answer.value;
  return read(ends ?? "never", `ends ${ends ?? "never"}; scopes ${scopes.join(", ")}`);
}
