import { randomBytes } from "node:crypto";
import type { Slot } from "../../../src/passwords/types";
import type { LongRunning } from "./longRunning";
import type { Mint } from "./mint";
import { type ApiAnswer, type ApiRequest, type ApiService, failure } from "./standIn";

interface Password {
  value: string;
  created: Date;
  expiry: Date;
}

/** ARM's side of one registry's tokens: two slots each, values shown once. */
export class RegistryTokens {
  private readonly tokens = new Map<string, Map<Slot, Password>>();
  /** Every password that was ever made, in order. */
  readonly made: string[] = [];
  /** The clock; one second further for each password, so that no two are made at one time. */
  now: number;
  /** What the next passwords are, for tests that look for them. */
  next: string[] = [];

  constructor(
    readonly registryId: string,
    names: readonly string[],
    private readonly mint: Pick<Mint, "refusal">,
    private readonly operations: LongRunning,
    start = Date.now(),
  ) {
    this.now = start;
    for (const name of names) this.tokens.set(name, new Map());
  }

  /** Whether a login with this password is let in now. */
  accepts(token: string, password: string): boolean {
    return [...(this.tokens.get(token)?.values() ?? [])].some(
      ({ value, expiry }) => value === password && expiry.getTime() > this.now,
    );
  }

  /** The slots that are filled. */
  slots(token: string): Slot[] {
    return [...(this.tokens.get(token)?.keys() ?? [])].sort();
  }

  expiry(token: string, slot: Slot): Date | undefined {
    return this.tokens.get(token)?.get(slot)?.expiry;
  }

  /** Somebody removes a token behind the program's back. */
  remove(token: string): void {
    this.tokens.delete(token);
  }

  /** Somebody ends its passwords behind the program's back. */
  clear(token: string): void {
    this.tokens.get(token)?.clear();
  }

  readonly service: ApiService = (request) => {
    if (!request.path.startsWith(this.registryId)) return undefined;
    const refusal = this.mint.refusal(request);
    if (refusal) return refusal;
    const rest = request.path.slice(this.registryId.length);
    if (request.method === "POST" && rest === "/generateCredentials") return this.generate(request);
    const name = /^\/tokens\/([a-zA-Z0-9-]+)$/.exec(rest)?.[1];
    if (name === undefined) return undefined;
    const slots = this.tokens.get(name);
    if (slots === undefined) return failure(404, "ResourceNotFound", `The token ${name} was not found`);
    if (request.method === "GET") return { status: 200, body: this.view(name) };
    return request.method === "PATCH" ? this.patch(request, name, slots) : undefined;
  };

  private generate(request: ApiRequest): ApiAnswer {
    const { tokenId, name, expiry } = request.body as { tokenId: string; name?: Slot; expiry?: string };
    const token = tokenId.slice(`${this.registryId}/tokens/`.length);
    const slots = this.tokens.get(token);
    if (slots === undefined) return failure(404, "TokenNotFound", `The token ${token} was not found`);
    if (name === undefined || expiry === undefined) return failure(400, "InvalidInput", "name and expiry are wanted");
    return this.operations.begin(request, () => {
      const value = this.next.shift() ?? `acr-${randomBytes(18).toString("base64url")}`;
      this.now += 1000;
      slots.set(name, { value, created: new Date(this.now), expiry: new Date(expiry) });
      this.made.push(value);
      const passwords = [...slots].map(([slot, password]) => ({
        ...said(slot, password),
        ...(slot === name ? { value } : {}),
      }));
      return { username: token, passwords };
    });
  }

  private patch(request: ApiRequest, name: string, slots: Map<Slot, Password>): ApiAnswer {
    const { properties } = request.body as { properties?: { credentials?: { passwords?: { name: Slot }[] } } };
    const kept = properties?.credentials?.passwords?.map((one) => one.name);
    return this.operations.begin(request, () => {
      for (const slot of [...slots.keys()]) if (kept && !kept.includes(slot)) slots.delete(slot);
      return this.view(name);
    });
  }

  private view(name: string) {
    const passwords = [...(this.tokens.get(name) ?? [])].map(([slot, password]) => said(slot, password));
    return {
      id: `${this.registryId}/tokens/${name}`,
      name,
      type: "Microsoft.ContainerRegistry/registries/tokens",
      properties: { status: "enabled", provisioningState: "Succeeded", credentials: { passwords } },
    };
  }
}

const said = (name: Slot, { created, expiry }: Password) => ({
  name,
  creationTime: created.toISOString(),
  expiry: expiry.toISOString(),
});
