import { repositoryScope, type Scope } from "../auth/token";
import type { Caller } from "./caller";

/** One repository of a registry, as the parts of the client see it. */
export interface Room {
  caller: Caller;
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
export function makeRoom(caller: Caller, path: string): Room {
  return {
    caller,
    path,
    name: `${caller.host}/${path}`,
    pull: [repositoryScope(path, "pull")],
    push: [repositoryScope(path, "pull", "push")],
    remove: [repositoryScope(path, "pull", "delete")],
  };
}

/** A path of the distribution API under the repository; the rest holds checked digests and tags only. */
export const at = ({ path }: Room, rest: string): string => `/v2/${path}/${rest}`;
