import { z } from "zod";
import { closed, decode } from "../base/decode/decode";
import { defined } from "../base/defined";
import { type Digest, digestOf } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import type { ImageClass } from "../domain/image/imageClass";
import { LABEL_BINDING, LABEL_CLASS, LABEL_REGISTRY_HOST } from "../oci";
import { outputsSchema, type StageOutputs } from "../outputs";
import { accessSettings } from "./access";
import { rateLimitSettings } from "./rateLimit";

/** Where the console's own images says which registries it was built for; LABEL_REGISTRY_HOST says where it belongs. */
const LABEL_CONSOLE = "io.dual-registry.console";

const { stage, stages, versionPrefix, product, policies, images, registries } = outputsSchema.shape;
const fixed = { class: true, kind: true, loginServer: true, vanityHost: true, namespace: true } as const;
const registry = registries.shape.secure.pick(fixed);

const path = z
  .string()
  .max(255)
  .regex(/^\/[\w./-]+$/, "allowed: an absolute path");

const username = z.string().min(1).max(255).exactOptional();

/** Everything that is settled when the console is built. No secret is in it. */
const settingsSchema = closed({
  version: z.literal(1),
  ...{ product, stage, stages, versionPrefix, policies },
  registries: z.object({ secure: registry, standard: registry }),
  images: z.array(images.element.pick({ repository: true, class: true, binding: true })).max(100_000),
  /** Authorities and logs of Sigstore to trust, as JSON; default: Sigstore's public ones. */
  trustedRoot: z
    .string()
    .max(4 * 1024 * 1024)
    .exactOptional(),
  /** Who may come in, and how often anybody may ask. */
  access: accessSettings,
  rateLimits: rateLimitSettings,
  /** ARM ids of the stage's log and of its Application Insights. */
  workspaceId: z.string().max(1000).exactOptional(),
  insightsId: z.string().max(1000).exactOptional(),
  /** By class: whom the console logs in as where no name is mounted beside the password. */
  usernames: z.object({ secure: username, standard: username }).exactOptional(),
  /** The folder that the two registries' logins, and other secrets, are mounted in. */
  secrets: path,
  /** The folder that the search's index is kept in; absent: it is built anew at each start. */
  data: path.exactOptional(),
  /** The port that is listened at; 0 takes one that is free, which the log says. */
  port: z.int().min(0).max(65_535),
});

/** What is settled when the console is built: its stage, its two registries, whom it trusts. */
export type BuiltSettings = z.infer<typeof settingsSchema>;

/** What is chosen at the build beside the stage's outputs. */
export interface BuildChoices {
  /** Who may come in, as JSON from outside. */
  access: unknown;
  /** How often anybody may ask, as JSON from outside. @default that of {@link rateLimitSettings} */
  rateLimits?: unknown;
  trustedRoot?: string;
  /** @default /run/secrets/dual-registry */
  secrets?: string;
  /** Where the search's index outlives a restart. @default nowhere */
  data?: string;
  /** @default 8080 */
  port?: number;
}

/** The settings of a stage's console. @throws DualRegistryError CONFIG_INVALID */
export function settingsOf(outputs: StageOutputs, choices: BuildChoices): BuiltSettings {
  const { access, rateLimits = {}, secrets = "/run/secrets/dual-registry", port = 8080, trustedRoot, data } = choices;
  const { workspaceId, insightsId } = outputs.logging;
  return readSettings({
    version: 1,
    ...{ product: outputs.product, stage: outputs.stage, stages: outputs.stages, versionPrefix: outputs.versionPrefix },
    ...{
      policies: outputs.policies,
      registries: outputs.registries,
      images: outputs.images,
      secrets,
      port,
      access,
      rateLimits,
    },
    ...defined({ trustedRoot, workspaceId, insightsId, data, usernames: usernamesOf(outputs) }),
  });
}

/** The product's own tokens, which reach every image. @returns undefined where the stage has none */
function usernamesOf({ tokens, product }: StageOutputs): BuiltSettings["usernames"] {
  const own = tokens.filter(({ consumer }) => consumer === product);
  return own.length === 0 ? undefined : Object.fromEntries(own.map(({ registry, name }) => [registry, name]));
}

/** Settings as a bundle carries them. @throws DualRegistryError CONFIG_INVALID */
export function readSettings(raw: unknown): BuiltSettings {
  const read = decode(settingsSchema, raw);
  if (read.success) return read.data;
  const lines = read.error.issues.map(({ path: at, message }) => `${at.map(String).join(".")}: ${message}`);
  throw new DualRegistryError("CONFIG_INVALID", lines.slice(0, 50).join("\n"));
}

/** The settings' digest: of their JSON, in the order of the schema's fields. */
export const settingsDigest = (settings: BuiltSettings): Digest =>
  digestOf(Buffer.from(JSON.stringify(readSettings(settings))));

/**
 * The labels that the console's image is built with: that it is bound to its stage, where it belongs, and which two
 * registries it talks to, with digests of its settings and of its program.
 *
 * @param imageClass the class of the repository that the image is published to
 */
export function consoleLabels(
  settings: BuiltSettings,
  imageClass: ImageClass,
  program: Digest,
): Readonly<Record<string, string>> {
  return {
    [LABEL_BINDING]: "stage-bound",
    [LABEL_CLASS]: imageClass,
    [LABEL_REGISTRY_HOST]: settings.registries[imageClass].loginServer,
    [`${LABEL_CONSOLE}.secure-host`]: settings.registries.secure.loginServer,
    [`${LABEL_CONSOLE}.standard-host`]: settings.registries.standard.loginServer,
    [`${LABEL_CONSOLE}.stage`]: settings.stage,
    [`${LABEL_CONSOLE}.settings`]: settingsDigest(settings),
    [`${LABEL_CONSOLE}.program`]: program,
  };
}
