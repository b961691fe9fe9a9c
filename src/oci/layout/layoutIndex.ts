import { z } from "zod";
import { DualRegistryError } from "../../errors";
import { MEDIA } from "../mediaTypes";
import { descriptorSchema, MAX_MANIFEST, type Descriptor } from "../manifest";
import { entryName, type EntryName } from "./entryName";

/** An entry of `index.json`. */
export interface LayoutEntry {
  descriptor: Descriptor;
  name: EntryName;
}

/** An entry with all its fields, those unknown here too, so that a rewritten index loses none. */
export interface RawEntry extends LayoutEntry {
  raw: Readonly<Record<string, unknown>>;
}

/** `index.json` of a layout. Source: OCI image specification 1.1, image-layout.md and image-index.md. */
export interface LayoutIndex {
  /** Fields beside `manifests`. */
  rest: Readonly<Record<string, unknown>>;
  entries: readonly RawEntry[];
}

/** The index of a layout that holds nothing. */
export const EMPTY_INDEX: LayoutIndex = { rest: { schemaVersion: 2, mediaType: MEDIA.ociIndex }, entries: [] };

const shape = z.looseObject({ schemaVersion: z.literal(2), manifests: z.array(z.record(z.string(), z.unknown())) });

/**
 * Reads `index.json`.
 *
 * @param where names the layout, for the message
 * @throws DualRegistryError CONTENT_INVALID, for a digest of the wrong form too
 */
export function parseIndex(bytes: Buffer, where: string): LayoutIndex {
  const refuse = (why: string): never => {
    throw new DualRegistryError("CONTENT_INVALID", `${where}: index.json is none of an OCI image layout: ${why}`);
  };
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8"));
  } catch {
    return refuse("it is not JSON");
  }
  const read = shape.safeParse(json);
  if (!read.success) return refuse(firstIssue(read.error));
  const { manifests, ...rest } = read.data;
  const entries = manifests.map((raw, at): RawEntry => {
    const descriptor = descriptorSchema.safeParse(raw);
    if (!descriptor.success) return refuse(`manifests.${at}.${firstIssue(descriptor.error)}`);
    return { raw, descriptor: descriptor.data, name: entryName(descriptor.data) };
  });
  return { rest, entries };
}

/**
 * The bytes of `index.json`.
 *
 * @throws DualRegistryError CONTENT_INVALID where they would be more than readers take (4 MiB)
 */
export function formatIndex({ rest, entries }: LayoutIndex, where: string): Buffer {
  const bytes = Buffer.from(`${JSON.stringify({ ...rest, manifests: entries.map(({ raw }) => raw) })}\n`);
  if (bytes.length <= MAX_MANIFEST) return bytes;
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${where}: index.json would have ${bytes.length} bytes with ${entries.length} entries; allowed: ${MAX_MANIFEST}; ` +
      `spread the images over several layouts`,
  );
}

/** An entry to be written. */
export function newEntry(descriptor: Descriptor): RawEntry {
  return { raw: { ...descriptor }, descriptor, name: entryName(descriptor) };
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unreadable"}`;
}
