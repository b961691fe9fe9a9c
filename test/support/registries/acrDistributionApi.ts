import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { digestOf } from "../../../src/base/digest";
import type { AcrOptions } from "./acr";
import type { AttributeStore } from "./acrAttributes";
import type { AcrAddress } from "./acrNeeds";
import { endToEnd, renamed, type Target } from "./forward";
import { answerJson, readBody } from "./httpServer";

/** Source: as recorded by the Azure SDK's tests and quoted in reports on `acr purge`. */
export function disallowed(response: ServerResponse): void {
  const message = "The operation is disallowed on this registry, repository or image.";
  answerJson(response, 405, { errors: [{ code: "REGISTRY_DISALLOWED_OPERATION", message, detail: {} }] });
}

/** The distribution API with the locks on it. Source: Microsoft, "Lock a container image in an Azure container registry". */
export class AcrDistributionApi {
  constructor(
    private readonly host: string,
    private readonly target: Target,
    private readonly store: AttributeStore,
    private readonly options: AcrOptions,
  ) {}

  async answer(request: IncomingMessage, response: ServerResponse, place: AcrAddress | undefined): Promise<void> {
    const adds = ["POST", "PUT", "PATCH"].includes(request.method ?? "");
    if (place === undefined) await this.forward(request, response);
    else if (adds && !this.store.of(place.repository).writeEnabled) disallowed(response);
    else if (place.kind === "manifests") await this.manifest(request, response, place);
    else await this.forward(request, response);
  }

  private async manifest(request: IncomingMessage, response: ServerResponse, place: AcrAddress): Promise<void> {
    const name = nameOf(place);
    if (request.method === "PUT") {
      const body = await readBody(request, 4 << 20);
      if (this.canPut(name, place.repository, body)) await this.forward(request, response, body);
      else disallowed(response);
    } else if (request.method === "DELETE") {
      // By digest only: tags are deleted by the API of attributes.
      if (name.includes("@") && (await this.canDelete(name, place))) {
        this.store.forget(name);
        await this.forward(request, response);
      } else disallowed(response);
    } else if (this.store.of(name).readEnabled && this.store.of(place.repository).readEnabled)
      await this.forward(request, response);
    else disallowed(response);
  }

  private canPut(name: string, repository: string, body: Buffer): boolean {
    const own = `${repository}@${digestOf(body)}`;
    const subject = subjectOf(body);
    const subjectFree =
      subject === undefined ||
      this.options.lockedSubjectsTakeReferrers === true ||
      this.store.of(`${repository}@${subject}`).writeEnabled;
    return subjectFree && this.store.of(name).writeEnabled && this.store.of(own).writeEnabled;
  }

  private async canDelete(name: string, { repository, reference }: AcrAddress): Promise<boolean> {
    if (!this.store.canDelete(repository) || !this.store.canDelete(name)) return false;
    for (const tag of this.store.lockedTags(repository))
      if ((await resolve(this.target, repository, tag))?.digest === reference) return false;
    return true;
  }

  private async forward(request: IncomingMessage, response: ServerResponse, body?: Buffer): Promise<void> {
    // The registry behind asks for no login, and this one's token is none of its business.
    const headers = { ...endToEnd(request.headers) };
    delete headers.authorization;
    const answer = await this.target.ask(request.method ?? "GET", request.url ?? "/", headers, (out) => {
      if (body !== undefined) out.end(body);
      else
        pipeline(request, out, (error) => {
          if (error) out.destroy();
        });
    });
    response.writeHead(answer.statusCode ?? 502, renamed(endToEnd(answer.headers), this.target.host, this.host));
    pipeline(answer, response, () => undefined);
  }
}

/** `path:tag` or `path@digest`. */
export const nameOf = ({ repository, reference }: AcrAddress): string =>
  `${repository}${reference.includes(":") ? "@" : ":"}${reference}`;

function subjectOf(body: Buffer): string | undefined {
  try {
    const { subject } = JSON.parse(body.toString()) as { subject?: { digest?: string } };
    return subject?.digest;
  } catch {
    return undefined;
  }
}

const ACCEPT = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** What the registry behind says of a manifest; `undefined` where there is none. */
export async function resolve(
  target: Target,
  repository: string,
  reference: string,
): Promise<{ digest: string; size: number; mediaType: string } | undefined> {
  const answer = await target.ask("HEAD", `/v2/${repository}/manifests/${reference}`, { accept: ACCEPT });
  answer.resume();
  const { "docker-content-digest": digest, "content-length": size, "content-type": mediaType } = answer.headers;
  if (answer.statusCode !== 200 || typeof digest !== "string") return undefined;
  return { digest, size: Number(size), mediaType: mediaType ?? "" };
}
