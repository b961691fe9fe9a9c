import { existsSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { AttributeStore } from "./acrAttributes";
import { disallowed, nameOf, resolve } from "./acrDistributionApi";
import { storedManifests } from "./acrManifestList";
import type { AcrAddress } from "./acrNeeds";
import type { Target } from "./forward";
import { answerJson, readBody } from "./httpServer";
import type { TestRegistry } from "./testRegistry";

const unknown = (response: ServerResponse, code: string): void => {
  answerJson(response, 404, { errors: [{ code, message: "not found", detail: {} }] });
};

/**
 * `/acr/v1/…`: what a tag or manifest is, and its locks. Source: Azure Container Registry data-plane API 2021-07-01
 * (TagAttributes, ManifestAttributes), with the answers recorded by the Azure SDK's tests. A PATCH's body holds the
 * attributes themselves; an answer holds them as `changeableAttributes`.
 */
export class AcrAttributesApi {
  private readonly started = new Date().toISOString();

  constructor(
    private readonly host: string,
    private readonly backend: TestRegistry,
    private readonly target: Target,
    private readonly store: AttributeStore,
  ) {}

  async answer(request: IncomingMessage, response: ServerResponse, place: AcrAddress): Promise<void> {
    const { kind, reference, repository } = place;
    const name = kind === "" ? repository : nameOf(place);
    if (kind === "_tags" && reference === "") return this.list(response, repository);
    if (kind === "_manifests" && reference === "") return this.listManifests(request, response, repository);
    const found = kind === "" ? undefined : await resolve(this.target, repository, reference);
    if (kind !== "" && found === undefined) {
      unknown(response, kind === "_tags" ? "TAG_UNKNOWN" : "MANIFEST_UNKNOWN");
      return;
    }
    if (request.method === "DELETE") return this.deleteTag(response, place, name);
    if (request.method === "PATCH") {
      const body = JSON.parse((await readBody(request)).toString() || "{}") as unknown;
      if (kind !== "" && !this.store.of(repository).writeEnabled) {
        disallowed(response);
        return;
      }
      if (!this.store.patch(name, body)) {
        answerJson(response, 400, { errors: [{ code: "INVALID_BODY", message: "invalid attributes" }] });
        return;
      }
    }
    answerJson(response, 200, {
      registry: this.host,
      imageName: repository,
      ...(kind === "_tags"
        ? { tag: { name: reference, digest: found?.digest, signed: false, ...this.rest(name) } }
        : {}),
      ...(kind === "_manifests" ? { manifest: await this.manifest(repository, reference) } : {}),
      ...(kind === "" ? this.rest(name) : {}),
    });
  }

  private rest(name: string): object {
    return { createdTime: this.started, lastUpdateTime: this.started, changeableAttributes: this.store.of(name) };
  }

  /** One page holds them all here; the real one sends a Link header after 100. */
  private async list(response: ServerResponse, repository: string): Promise<void> {
    const tags = await this.tags(repository);
    if (tags === undefined) {
      unknown(response, "NAME_UNKNOWN");
      return;
    }
    const described = tags.map(({ name, digest }) => ({
      ...{ name, digest, signed: false },
      ...this.rest(`${repository}:${name}`),
    }));
    answerJson(response, 200, { registry: this.host, imageName: repository, tags: described });
  }

  /** Pages by `n` and `last`, as the real list does. */
  private async listManifests(request: IncomingMessage, response: ServerResponse, repository: string): Promise<void> {
    const { searchParams } = new URL(request.url ?? "/", `http://${this.host}`);
    const all = await this.manifests(repository);
    const after = all.filter(({ digest }) => digest > (searchParams.get("last") ?? ""));
    const manifests = after.slice(0, Number(searchParams.get("n") ?? "100"));
    answerJson(response, 200, { registry: this.host, imageName: repository, manifests });
  }

  private async manifest(repository: string, wanted: string): Promise<object | undefined> {
    return (await this.manifests(repository)).find(({ digest }) => digest === wanted);
  }

  private async manifests(repository: string): Promise<({ digest: string } & object)[]> {
    const tagsOf = new Map<string, string[]>();
    for (const { name, digest } of (await this.tags(repository)) ?? []) {
      tagsOf.set(digest, [...(tagsOf.get(digest) ?? []), name]);
    }
    const all = await storedManifests(this.backend, this.target, repository, tagsOf);
    return all.map(({ storedAt, ...one }) => ({
      ...one,
      ...{ createdTime: storedAt, lastUpdateTime: storedAt },
      changeableAttributes: this.store.of(`${repository}@${one.digest}`),
    }));
  }

  private async tags(repository: string): Promise<{ name: string; digest: string }[] | undefined> {
    const answer = await this.target.ask("GET", `/v2/${repository}/tags/list`, {});
    const parts: Buffer[] = [];
    for await (const part of answer as AsyncIterable<Buffer>) parts.push(part);
    if (answer.statusCode !== 200) return undefined;
    const { tags } = JSON.parse(Buffer.concat(parts).toString()) as { tags: string[] | null };
    const listed = (tags ?? []).filter((tag) => this.store.of(`${repository}:${tag}`).listEnabled);
    const found: { name: string; digest: string }[] = [];
    for (const name of listed) {
      const digest = (await resolve(this.target, repository, name))?.digest;
      if (digest !== undefined) found.push({ name, digest });
    }
    return found;
  }

  private async deleteTag(
    response: ServerResponse,
    { kind, repository, reference }: AcrAddress,
    name: string,
  ): Promise<void> {
    if (kind !== "_tags" || !this.store.canDelete(repository) || !this.store.canDelete(name)) {
      disallowed(response);
      return;
    }
    this.store.forget(name);
    // Distribution 2.8 deletes no tag by its API: its file is taken away.
    const folder = join(
      this.backend.storageDir,
      "docker/registry/v2/repositories",
      repository,
      "_manifests/tags",
      reference,
    );
    if (existsSync(folder)) rmSync(folder, { recursive: true });
    else (await this.target.ask("DELETE", `/v2/${repository}/manifests/${reference}`, {})).resume();
    response.writeHead(202, { "content-length": 0 }).end();
  }
}
