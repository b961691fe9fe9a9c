import { covers, mergeScopes, type Scope } from "./scopes";
import type { IssuedToken } from "./tokenRequest";

interface Kept {
  scopes: readonly Scope[];
  token: string;
  /** On the local monotonic clock. */
  until: number;
}

const MOST = 500;
/** A token is not used for the last quarter of its life, and at most the last ten seconds of it. */
const spare = (lifetime: number): number => Math.min(lifetime / 4, 10_000);

/**
 * Tokens by what they may do. Their age is measured here, from the moment they were asked for: no server's clock is
 * believed, and none needs to be right.
 */
export class Tokens {
  private kept: Kept[] = [];
  private readonly asked = new Map<string, Promise<string>>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** A token that does for these scopes and still lives. */
  find(scopes: readonly Scope[]): string | undefined {
    const now = this.now();
    this.kept = this.kept.filter(({ until }) => until > now);
    return this.kept.find((candidate) => covers(candidate.scopes, scopes))?.token;
  }

  /** Forgets a token that was not accepted. */
  drop(token: string): void {
    this.kept = this.kept.filter((candidate) => candidate.token !== token);
  }

  /** A living token, or a new one; who wants the same at the same time gets the same. */
  async get(scopes: readonly Scope[], request: (scopes: readonly Scope[]) => Promise<IssuedToken>): Promise<string> {
    const found = this.find(scopes);
    if (found !== undefined) return found;
    const merged = mergeScopes(scopes);
    const key = merged.join(" ");
    const running = this.asked.get(key);
    if (running) return running;
    const asking = this.ask(merged, request).finally(() => this.asked.delete(key));
    this.asked.set(key, asking);
    return asking;
  }

  private async ask(
    scopes: readonly Scope[],
    request: (scopes: readonly Scope[]) => Promise<IssuedToken>,
  ): Promise<string> {
    const start = this.now();
    const { token, lifetime } = await request(scopes);
    this.kept = [{ scopes, token, until: start + lifetime - spare(lifetime) }, ...this.kept].slice(0, MOST);
    return token;
  }
}
