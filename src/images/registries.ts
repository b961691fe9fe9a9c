import type { MappedImage } from "../domain/image/imageClass";
import { publishGate } from "../domain/image/publication";
import {
  type CredentialSource,
  type ImageTarget,
  openRegistry,
  type RegistrySession,
  type SessionOptions,
} from "../oci";
import type { RegistryOutput, StageOutputs } from "../outputs";
import type { RegistryCall } from "./acr";
import { acrLocks, type ImageLocks, NO_LOCKS } from "./locks";
import type { Destination } from "./types";

/** The registries that one command speaks to: a session each, opened when it is first asked for. */
export class Registries {
  private readonly sessions = new Map<string, RegistrySession>();

  constructor(
    private readonly credentials: CredentialSource,
    private readonly options: Omit<SessionOptions, "credentials"> = {},
  ) {}

  session(host: string): RegistrySession {
    const known = this.sessions.get(host);
    if (known) return known;
    const session = openRegistry(host, { ...this.options, credentials: this.credentials });
    this.sessions.set(host, session);
    return session;
  }

  /** A repository of the map of images, at a stage's registry. */
  repository(registry: RegistryOutput, repository: string): { target: ImageTarget; path: string } {
    const path = pathIn(registry, repository);
    return { target: this.session(registry.loginServer).repository(path), path };
  }

  /** The registry's own interface, beside the distribution one. */
  call(host: string): RegistryCall {
    const session = this.session(host);
    return (method, path, { repository, actions, body }) =>
      session.call(method, path, {
        scope: `repository:${repository}:${actions.join(",")}`,
        ...(body === undefined
          ? {}
          : { body: Buffer.from(JSON.stringify(body)), headers: { "content-type": "application/json" } }),
      });
  }

  /** The locks of a stage's registry, where its kind has any. */
  locks({ kind, loginServer }: Pick<RegistryOutput, "kind" | "loginServer">): ImageLocks {
    return kind === "acr" ? acrLocks(loginServer, this.call(loginServer)) : NO_LOCKS;
  }

  async close(): Promise<void> {
    await Promise.all([...this.sessions.values()].map((session) => session.close()));
  }
}

/** A repository's path in a registry, its namespace in front. */
export const pathIn = ({ namespace }: Pick<RegistryOutput, "namespace">, repository: string): string =>
  namespace === undefined ? repository : `${namespace}/${repository}`;

/** Where an image of the map goes in a stage, and what holds there. */
export function destinationOf(outputs: StageOutputs, image: MappedImage, registries: Registries): Destination {
  const registry = outputs.registries[image.class];
  const { target, path } = registries.repository(registry, image.repository);
  const { tagRules, rules, loginServer, vanityHost, kind } = registry;
  return {
    stage: outputs.stage,
    stages: outputs.stages,
    versionPrefix: outputs.versionPrefix,
    class: image.class,
    repository: image.repository,
    target,
    path,
    hosts: [loginServer, vanityHost],
    tagRules,
    policy: outputs.policies[image.class],
    locks: registries.locks(registry),
    gate: publishGate(outputs.stage, outputs.stages, image),
    roles: outputs.gates.environments.flatMap(({ purpose, role }) => (purpose === "sign-off" && role ? [role] : [])),
    settles: tagRules.regime === "immutable" && kind !== "acr" && rules["tag-immutability"].support !== "native",
  };
}
