import { z } from "zod";
import { defined } from "../base/defined";
import { registryParts } from "../domain/image/registryAddress";
import type { OwnRetention, OwnRule } from "../domain/settings/ownRetention";
import { mapReading, read, type Reading, unread } from "../domain/settings/registrySettings";
import type { Answer } from "./api";
import { once, type ReadKind, settingsOf } from "./types";

/** Where Artifact Registry's interface is. Source: Google Cloud, "Artifact Registry API", service endpoint. */
const API = "https://artifactregistry.googleapis.com/v1";

const texts = z.array(z.string().max(500)).max(100).optional();
const duration = z.string().regex(/^\d{1,12}(?:\.\d{1,9})?s$/);
const repositorySchema = z.object({
  name: z.string().max(1_000),
  format: z.string().max(50),
  mode: z.string().max(50).optional(),
  dockerConfig: z.object({ immutableTags: z.boolean().optional() }).optional(),
  cleanupPolicyDryRun: z.boolean().optional(),
  cleanupPolicies: z
    .record(
      z.string().max(200),
      z.object({
        action: z.enum(["DELETE", "KEEP"]),
        condition: z
          .object({
            tagState: z.enum(["TAG_STATE_UNSPECIFIED", "TAGGED", "UNTAGGED", "ANY"]).optional(),
            tagPrefixes: texts,
            versionNamePrefixes: texts,
            packageNamePrefixes: texts,
            olderThan: duration.optional(),
            newerThan: duration.optional(),
          })
          .optional(),
        mostRecentVersions: z.object({ packageNamePrefixes: texts, keepCount: z.int().optional() }).optional(),
      }),
    )
    .optional(),
  vulnerabilityScanningConfig: z.object({ enablementState: z.string().max(100).optional() }).optional(),
});
type Repository = z.infer<typeof repositorySchema>;
type Policy = NonNullable<Repository["cleanupPolicies"]>[string];

/** An empty policy has an etag alone; what has not even that is none. */
const policySchema = z.object({
  etag: z.string().max(1_000),
  bindings: z
    .array(z.object({ role: z.string().max(500), members: z.array(z.string().max(500)).max(2_000).optional() }))
    .max(2_000)
    .optional(),
});

const DAY_SECONDS = 86_400;
const daysOf = (text: string): number => Math.floor(Number(text.slice(0, -1)) / DAY_SECONDS);

const MANIFESTS = { TAGGED: "tagged", UNTAGGED: "untagged", ANY: "all", TAG_STATE_UNSPECIFIED: "all" } as const;

/** True where a policy is about an image's package; packages write a slash as `%2F`. */
const isAbout = (image: string, prefixes: readonly string[] | undefined): boolean =>
  prefixes === undefined ||
  prefixes.length === 0 ||
  prefixes.some((prefix) => image.startsWith(prefix) || image.replaceAll("/", "%2F").startsWith(prefix));

/**
 * A cleanup policy as a rule. What keeps the most recent versions counts signatures and platforms as versions, so it keeps
 * nothing for sure of what a stage counts, and is left out; so is one that keeps only what is old or of some digests.
 */
function ruleOf(name: string, image: string, { action, condition, mostRecentVersions }: Policy): OwnRule[] {
  if (mostRecentVersions !== undefined || condition === undefined) return [];
  const { tagState = "ANY", tagPrefixes = [], versionNamePrefixes = [], olderThan, newerThan } = condition;
  if (!isAbout(image, condition.packageNamePrefixes)) return [];
  if (action === "KEEP" && (versionNamePrefixes.length > 0 || olderThan !== undefined)) return [];
  const age = action === "KEEP" ? newerThan : olderThan;
  const selector = tagPrefixes.length > 0 ? { globs: tagPrefixes.map((prefix) => `${prefix}*`) } : undefined;
  return [
    {
      ...{ name, action: action === "KEEP" ? "keep" : "delete", manifests: MANIFESTS[tagState] },
      bound: age === undefined ? "always" : { by: "push", days: daysOf(age) },
      ...defined({ selector }),
    },
  ];
}

/** Source: Google Cloud, "Configure cleanup policies": what a policy keeps, none deletes; nor what has an immutable tag. */
function retentionOf({ cleanupPolicies = {}, cleanupPolicyDryRun }: Repository, image: string) {
  const rules = Object.entries(cleanupPolicies).flatMap(([name, policy]) => ruleOf(name, image, policy));
  const own: OwnRetention = {
    rules,
    ...(cleanupPolicyDryRun === true && { idle: "cleanupPolicyDryRun: true, so nothing is deleted" }),
    sparesImmutable: true,
  };
  return read(own, Object.keys(cleanupPolicies).length === 0 ? "no cleanup policy" : "cleanup policies");
}

function visibilityOf(answer: Answer<z.infer<typeof policySchema>>): Reading<"public" | "private"> {
  if (answer.state === "refused") return unread(answer.because);
  const all = (answer.value.bindings ?? []).flatMap(({ role, members = [] }) =>
    members.filter((one) => /^all(?:Authenticated)?Users$/.test(one)).map((member) => `${member} has ${role}`),
  );
  const [first] = all;
  return first === undefined ? read("private", "IAM policy without allUsers") : read("public", first);
}

/**
 * Reads from Artifact Registry's own interface, with the identity that the registry is logged in to with.
 * Source: Google Cloud, "REST Resource: projects.locations.repositories".
 */
export const readGar: ReadKind = async ({ host, repositories, credentials, open, api = API }) => {
  const login = await credentials(host).catch(() => undefined);
  const token = login?.kind === "basic" && login.username === "oauth2accesstoken" ? login.password : undefined;
  const anonymous = open(api);
  const registry = token === undefined ? anonymous : anonymous.with({ authorization: `Bearer ${token}` });
  const get = once((name) =>
    registry.ask({ path: name, schema: repositorySchema, needs: "artifactregistry.repositories.get" }),
  );
  const getPolicy = once((name) =>
    registry.ask({
      path: `${name}:getIamPolicy?options.requestedPolicyVersion=3`,
      ...{ schema: policySchema, needs: "artifactregistry.repositories.getIamPolicy" },
    }),
  );
  const settings = repositories.map(async (each) => {
    const { project = "", region = "", registry: id = "", image } = registryParts("gar", host, each.path);
    const name = ["projects", project, "locations", region, "repositories", id].map(encodeURIComponent).join("/");
    const of = `repository ${project}/${id} in ${region}`;
    if (token === undefined) {
      const why = unread(
        "Google has no identity here, or its login was refused; log in with application default credentials",
      );
      const all = { immutability: why, retention: why, scanning: why, visibility: why, owner: why, place: why };
      return settingsOf("gar", each, of, all);
    }
    const [answer, policy] = await Promise.all([get(name), getPolicy(name)]);
    const found: Reading<Repository> = answer.state === "given" ? read(answer.value, of) : unread(answer.because);
    return settingsOf("gar", each, of, {
      visibility: visibilityOf(policy),
      immutability: mapReading(found, ({ dockerConfig }) => {
        const on = dockerConfig?.immutableTags === true;
        return read({ immutable: on ? [undefined] : [], except: [] }, `dockerConfig.immutableTags: ${on}`);
      }),
      retention: mapReading(found, (value) => retentionOf(value, image)),
      scanning: mapReading(found, ({ vulnerabilityScanningConfig }) => {
        const state = vulnerabilityScanningConfig?.enablementState;
        if (state === undefined) return unread("vulnerabilityScanningConfig is not in the answer");
        return read(state === "SCANNING_ACTIVE", `enablementState: ${state}`);
      }),
      owner: mapReading(found, () => read(project, `project: ${project}`)),
      place: mapReading(found, (value) => {
        const parts = [
          { part: "name", wanted: decodeURIComponent(name), found: value.name },
          { part: "format", wanted: "DOCKER", found: value.format },
          { part: "mode", wanted: "STANDARD_REPOSITORY", found: value.mode ?? "STANDARD_REPOSITORY" },
        ];
        return read(parts, value.name);
      }),
    });
  });
  return { repositories: await Promise.all(settings) };
};
