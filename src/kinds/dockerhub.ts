import type { TagImmutability } from "../domain/settings/tagSelector";
import { z } from "zod";
import { DOCKER_HUB } from "../base/registryHost";
import { globOfExpression } from "../domain/settings/glob";
import { read, type Reading, unread } from "../domain/settings/registrySettings";
import type { KindApi } from "./api";
import { type ReadKind, settingsOf, splitPath } from "./types";

/** Where Docker Hub's interface is. Source: Docker, "Docker Hub API reference". */
const API = "https://hub.docker.com/v2";

const tokenSchema = z.object({ access_token: z.string().min(1).max(20_000) });
const repositorySchema = z.object({
  namespace: z.string().max(255),
  name: z.string().max(255),
  is_private: z.boolean(),
  immutable_tags_settings: z
    .object({ enabled: z.boolean(), rules: z.array(z.string().max(500)).max(100).nullish() })
    .nullish(),
});

function immutabilityOf(
  settings: z.infer<typeof repositorySchema>["immutable_tags_settings"],
): Reading<TagImmutability> {
  if (settings === undefined || settings === null)
    return unread("immutable_tags_settings is not in the answer: it is a beta");
  const rules = settings.rules ?? [];
  if (!settings.enabled) return read({ immutable: [], except: [] }, "immutable tags: off");
  if (rules.length === 0) return unread("immutable tags are on without a rule, and nothing says which tags that means");
  const immutable = rules.map((rule) => ({ globs: [globOfExpression(rule, "whole") ?? rule] }));
  return read({ immutable, except: [] }, `immutable tags: ${rules.join(", ")}`);
}

/**
 * Reads from Docker Hub's interface: with the login of the registry, which is exchanged for a short token, or as anybody.
 * Source: Docker Hub API reference, "Create access token" and "Get repository in a namespace".
 */
export const readDockerHub: ReadKind = async ({ repositories, credentials, open, api = API }) => {
  const plain = open(api);
  const { hub, why } = await logIn(plain, await credentials(DOCKER_HUB).catch(() => undefined));
  const settings = repositories.map(async (each) => {
    const [namespace, name] = splitPath(each.path);
    const answer = await hub.ask({
      path: `namespaces/${encodeURIComponent(namespace)}/repositories/${encodeURIComponent(name)}`,
      ...{ schema: repositorySchema, needs: why },
    });
    const of = `repository ${each.path}`;
    if (answer.state === "refused") {
      const all = unread(answer.because);
      return settingsOf("dockerhub", each, of, { immutability: all, visibility: all, owner: all, place: all });
    }
    const { is_private: isPrivate, namespace: owner, immutable_tags_settings: immutable } = answer.value;
    return settingsOf("dockerhub", each, of, {
      immutability: immutabilityOf(immutable),
      visibility: read(isPrivate ? "private" : "public", `is_private: ${isPrivate}`),
      owner: read(owner, `namespace: ${owner}`),
      place: read([{ part: "namespace", wanted: namespace, found: owner }], owner),
    });
  });
  return { repositories: await Promise.all(settings) };
};

/** Docker Hub's interface takes no password: a login is exchanged for a token, which lives for minutes. */
async function logIn(hub: KindApi, login: Awaited<ReturnType<Parameters<ReadKind>[0]["credentials"]>> | undefined) {
  if (login?.kind !== "basic") return { hub, why: "a login of docker.io that may read the repository" };
  const answer = await hub.ask({
    ...{ path: "auth/token", schema: tokenSchema, needs: "a user with an access token, or an organisation with one" },
    login: { identifier: login.username, secret: login.password },
  });
  if (answer.state === "refused") return { hub, why: `a login: ${answer.because}` };
  return { hub: hub.with({ authorization: `Bearer ${answer.value.access_token}` }), why: "Repository: Read" };
}
