import type { RegistryKind } from "../image/registryKind";
import type { OwnRetention } from "./ownRetention";
import type { TagImmutability } from "./tagSelector";

/**
 * One setting as a registry's own interface gave it: read, with the words it was given in; not read, with the right or
 * the token that is missing; or none that this kind has.
 */
export type Reading<T> =
  | { state: "read"; value: T; shown: string }
  | { state: "unread"; because: string }
  | { state: "none"; because: string };

export const read = <T>(value: T, shown: string): Reading<T> => ({ state: "read", value, shown });
export const unread = (because: string): { state: "unread"; because: string } => ({ state: "unread", because });
export const none = (because: string): { state: "none"; because: string } => ({ state: "none", because });

/** The value of a reading as something else; what is not read stays so. */
export const mapReading = <T, R>(reading: Reading<T>, map: (value: T) => Reading<R>): Reading<R> =>
  reading.state === "read" ? map(reading.value) : reading;

/** Who may pull without a login: anybody, or nobody. `internal` is everybody of one company. */
export const VISIBILITIES = ["public", "internal", "private"] as const;
export type Visibility = (typeof VISIBILITIES)[number];

/** A part of a registry's address as the stage has it and as the interface gives it, such as an account. */
interface Place {
  part: string;
  wanted: string;
  found: string;
}

/** What is said of one repository of the map of images. */
export interface RepositorySettings {
  /** Path as the map has it. */
  repository: string;
  /** What the settings belong to, such as `repository company/orders/api` or `project shop`. */
  of: string;
  immutability: Reading<TagImmutability>;
  retention: Reading<OwnRetention>;
  scanning: Reading<boolean>;
  visibility: Reading<Visibility>;
  /** Whose it is, as the interface names them: an account, an organisation, a person. */
  owner: Reading<string>;
  place: Reading<readonly Place[]>;
}

/** What a registry's own interface says of its settings. */
export interface RegistrySettings {
  kind: RegistryKind;
  host: string;
  /** ISO 8601 in UTC. */
  readAt: string;
  /** Whether it answers the referrers API of the distribution specification. */
  referrers: Reading<boolean>;
  /** When the token that asked ends, and what it may; a day, or `never`. */
  token: Reading<string>;
  repositories: readonly RepositorySettings[];
}
