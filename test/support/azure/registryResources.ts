import type { Mint } from "./mint";
import { type ApiAnswer, type ApiRequest, type ApiService, failure, page } from "./standIn";

/** A registry as ARM shows it, with the names of what is in it. */
export interface RegistryResource {
  id: string;
  location: string;
  sku: string;
  tags?: Readonly<Record<string, string>>;
  properties: Readonly<Record<string, unknown>>;
  /** Its diagnostic settings, each as ARM shows its properties. */
  diagnosticSettings?: Readonly<Record<string, unknown>>;
  inside?: Readonly<Partial<Record<"scopeMaps" | "tokens" | "replications" | "webhooks", readonly string[]>>>;
}

/** The part of Azure Resource Manager that shows registries and what is in them; lists come in pages. It only reads. */
export class RegistryResources {
  readonly registries: RegistryResource[] = [];
  pageSize = 2;

  constructor(private readonly mint: Mint) {}

  readonly service: ApiService = (request) => {
    const [, id = "", , kind] =
      /^(\/subscriptions\/.+?\/registries\/[^/]+)(\/(scopeMaps|tokens|replications|webhooks|providers\/Microsoft\.Insights\/diagnosticSettings))?$/.exec(
        request.path,
      ) ?? [];
    if (id === "" || request.method !== "GET") return undefined;
    const registry = this.registries.find((one) => one.id.toLowerCase() === id.toLowerCase());
    return this.mint.refusal(request) ?? this.answer(registry, kind, request);
  };

  private answer(registry: RegistryResource | undefined, kind: string | undefined, request: ApiRequest): ApiAnswer {
    if (registry === undefined) return failure(404, "ResourceNotFound", "The resource was not found.");
    const { id, location, sku, tags, properties, inside = {}, diagnosticSettings = {} } = registry;
    const name = id.slice(id.lastIndexOf("/") + 1);
    if (kind === undefined) return { status: 200, body: { id, name, location, tags, sku: { name: sku }, properties } };
    if (kind.startsWith("providers/")) {
      const value = Object.entries(diagnosticSettings).map(([name, settings]) => ({ name, properties: settings }));
      return { status: 200, body: { value } };
    }
    const names = inside[kind as keyof typeof inside] ?? [];
    const items = names.map((one) => ({ id: `${id}/${kind}/${one}`, name: one, location, properties: {} }));
    return page(request, items, this.pageSize);
  }
}
