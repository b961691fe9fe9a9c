/** The two passwords an ACR token can have at a time. Source: ARM, Microsoft.ContainerRegistry, TokenPasswordName. */
const SLOTS = ["password1", "password2"] as const;

export type Slot = (typeof SLOTS)[number];

/** Which token's password is kept where. All of it may be known to anybody. */
export interface PasswordPlace {
  /** ARM id of the registry. */
  registryId: string;
  /** The host clients log in at. */
  loginServer: string;
  /** Name of the token, which is its user name too. */
  token: string;
  /** Such as `https://kv-orders-qa.vault.azure.net/`. */
  vaultUri: string;
  /** Name of the one secret of this token in the vault. */
  secretName: string;
}

/** What is wanted of a password. */
export interface PasswordWish {
  /** Days a new password lives, at least 1. */
  days: number;
  /** The date, `YYYY-MM-DD`, whose change asks for a rotation; empty where none was ever set. */
  rotate: string;
  /** The date, `YYYY-MM-DD`, for which a leaked password was made anew; default never. */
  leaked?: string | undefined;
}

/** What is known of a password, without itself: this, and no more, may stand in a state. */
export interface PasswordState {
  slot: Slot;
  /** When it ends, ISO 8601 in UTC. */
  expiry: string;
  /** Version of the secret that holds it. */
  secretVersion: string;
  /** Address of that version. */
  secretUri: string;
  /** The date it was made for, as in {@link PasswordWish.rotate}. */
  rotated: string;
}

/** Names of the tags of a secret, by which an interrupted rotation knows how far it came. */
export const TAGS = {
  token: "token",
  username: "username",
  registry: "registry",
  slot: "slot",
  expiry: "expiry",
  /** When Azure made the password: two passwords of a slot differ in it. */
  created: "created",
  rotated: "rotated",
  leaked: "leaked",
} as const;

/** Kind of what the secret holds, for whoever looks at the vault. */
export const CONTENT_TYPE = "application/vnd.dualregistry.token-password";

/** The slot that is not this one. */
export const otherSlot = (slot: Slot): Slot => (slot === "password1" ? "password2" : "password1");

/** Narrows a text of an answer to a slot. */
export const isSlot = (name: unknown): name is Slot => SLOTS.some((slot) => slot === name);
