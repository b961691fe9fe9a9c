import { repositoryScope, type Scope } from "../auth/token";
import type { RegistryClient } from "./client";

/** One repository of a registry, as the parts of the client see it. */
export interface RepositoryContext {
  client: RegistryClient;
  /** The repository's path. */
  path: string;
  /** `host/path`, for messages. */
  name: string;
  /** What a token must allow for reading. */
  pull: readonly Scope[];
  /** What a token must allow for writing. */
  push: readonly Scope[];
  /** What a token must allow for deleting. */
  remove: readonly Scope[];
}

/** @param path checked by `isRepository` before */
export function repositoryContext(client: RegistryClient, path: string): RepositoryContext {
  return {
    client,
    path,
    name: `${client.host}/${path}`,
    pull: [repositoryScope(path, "pull")],
    push: [repositoryScope(path, "pull", "push")],
    remove: [repositoryScope(path, "pull", "delete")],
  };
}

/** A path of the distribution API under the repository; the rest holds checked digests and tags only. */
export const apiPath = ({ path }: RepositoryContext, rest: string): string => `/v2/${path}/${rest}`;
