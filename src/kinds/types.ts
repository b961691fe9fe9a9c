import { isLoopback } from "../base/reference";
import type { RegistryKind } from "../domain/image/registryKind";
import { none, type Reading, type RepositorySettings } from "../domain/settings/registrySettings";
import type { CredentialSource, Environment } from "../oci";
import type { KindApi } from "./api";

/** A repository of the stage, as the map has it and as the registry has it. */
export interface RepositoryPath {
  repository: string;
  /** The whole path in the registry, its namespace in front. */
  path: string;
}

/** Whose settings are read, and how their interface is reached. */
interface KindContext {
  host: string;
  repositories: readonly RepositoryPath[];
  env: Environment;
  /** Logins of registries, by host: Docker's, else the platform's. */
  credentials: CredentialSource;
  /** Opens the kind's interface at an address. */
  open: (base: string) => KindApi;
  /** Where the interface is, in place of the kind's usual address. */
  api?: string;
  /** Milliseconds for one answer. */
  timeout: number;
}

/** What a reader found. */
export interface KindReading {
  repositories: readonly RepositorySettings[];
  token?: Reading<string>;
}

/** Reads the settings of one registry of a kind. It only reads, and never fails: what is not read says why. */
export type ReadKind = (context: KindContext) => Promise<KindReading>;

type Settings = Omit<RepositorySettings, "repository" | "of">;

/** The settings of a repository, where all that is not given is nothing that the kind has. */
export function settingsOf(
  kind: RegistryKind,
  { repository }: RepositoryPath,
  of: string,
  given: Partial<Settings>,
): RepositorySettings {
  const nothing = none(`${kind} has no such setting that can be read`);
  const without: Settings = {
    ...{ immutability: nothing, retention: nothing, scanning: nothing, visibility: nothing },
    ...{ owner: nothing, place: nothing },
  };
  return { repository, of, ...without, ...given };
}

/** The segments of a path, each as it stands in an address. */
export const inUrl = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

/** The first segment of a path, and what is behind it. */
export function splitPath(path: string): [first: string, rest: string] {
  const slash = path.indexOf("/");
  return slash < 0 ? [path, ""] : [path.slice(0, slash), path.slice(slash + 1)];
}

/** Asks once for each key, whoever asks again. */
export function once<T>(ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key) => {
    const answer = known.get(key) ?? ask(key);
    known.set(key, answer);
    return answer;
  };
}

/** A token of the environment; one that is empty counts as not set. */
export const tokenIn = (env: Environment, name: string): string | undefined => env[name] || undefined;

/** An address at the registry's own host, without TLS on this machine's loopback alone. */
export const atHost = (host: string, path: string): string => `${isLoopback(host) ? "http" : "https"}://${host}${path}`;
