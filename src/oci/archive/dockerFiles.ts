import { z } from "zod";
import { DualRegistryError } from "../../errors";
import { isDigest } from "../digest";
import { MAX_MANIFEST } from "../manifest";
import type { TarFile } from "./tarFile";

/** An image of `manifest.json`. Source: Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset". */
export interface SavedImage {
  /** Entry of the configuration. */
  config: string;
  /** Such as `orders/api:v1`. */
  names: readonly string[];
  /** Entries of the layers, base first. */
  layers: readonly string[];
}

const manifestFile = z.array(
  z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()).nullish() }),
);

/** The images that a docker archive says it holds. @throws DualRegistryError CONTENT_INVALID */
export async function savedImages(tar: TarFile): Promise<readonly SavedImage[]> {
  const images = await readJson(tar, "manifest.json", manifestFile);
  return images.map(({ Config, RepoTags, Layers }) => ({
    config: Config,
    names: RepoTags ?? [],
    layers: Layers ?? [],
  }));
}

const configFile = z.object({
  os: z.string().nullish(),
  architecture: z.string().nullish(),
  variant: z.string().nullish(),
  rootfs: z.object({
    type: z.literal("layers"),
    diff_ids: z.array(z.string().refine(isDigest, "no digest")).nullish(),
  }),
});

/** What an image's configuration says that its manifest is made with. */
export type SavedConfig = z.infer<typeof configFile>;

/** An image's configuration, its layers as many as the image's. @throws DualRegistryError CONTENT_INVALID */
export async function savedConfig(tar: TarFile, { config, layers }: SavedImage): Promise<SavedConfig> {
  const read = await readJson(tar, config, configFile);
  const count = read.rootfs.diff_ids?.length ?? 0;
  if (count === layers.length) return read;
  const why = `${count} diff_ids for ${layers.length} layers; allowed: one for each`;
  throw new DualRegistryError("CONTENT_INVALID", `${tar.name}: ${JSON.stringify(config)}: ${why}`);
}

async function readJson<T>(tar: TarFile, entry: string, schema: z.ZodType<T>): Promise<T> {
  const bytes = await tar.small(entry, MAX_MANIFEST);
  const refuse = (why: string): never => {
    throw new DualRegistryError("CONTENT_INVALID", `${tar.name}: ${JSON.stringify(entry.slice(0, 200))}: ${why}`);
  };
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8"));
  } catch {
    return refuse("not JSON");
  }
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  return refuse(`${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unreadable"}`);
}
