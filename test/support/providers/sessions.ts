import { at } from "./lookup";
import type { Account } from "./model";
import type { Fields } from "./values";

/** The subscription of whoever is signed in, for a stack that names none. */
export const SIGNED_IN_SUBSCRIPTION = "00000000-0000-0000-0000-0000000000a1";

/**
 * What each engine has configured. Every provider of every engine process has a connection of its own, so the
 * connection tells them apart; one that has configured nothing works for whoever is signed in.
 */
export class Sessions {
  readonly #accounts = new Map<string, Account>();

  /**
   * @param peer the other end of the connection, `host:port`
   * @param config the provider's configuration
   */
  configure(peer: string, config: Fields): void {
    const [subscription, location] = [at(config, "subscriptionId"), at(config, "location")];
    this.#accounts.set(peer, {
      subscriptionId: typeof subscription === "string" ? subscription : SIGNED_IN_SUBSCRIPTION,
      ...(typeof location === "string" ? { location } : {}),
    });
  }

  accountOf(peer: string): Account {
    return this.#accounts.get(peer) ?? { subscriptionId: SIGNED_IN_SUBSCRIPTION };
  }
}
