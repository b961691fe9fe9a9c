import { DualRegistryError } from "../../errors";
import { hasCode, isMissing } from "../layout/diskErrors";

const MAX_ANSWER = 4096;

/** The error for an engine's answer that is no image; its own words are shortened and quoted. */
export async function answered(
  status: number,
  body: AsyncIterable<Buffer>,
  { image, socket }: { image: string; socket: string },
): Promise<DualRegistryError> {
  const said = JSON.stringify((await beginning(body)).slice(0, 200));
  if (status === 404 || /no such image|image not known|not found/i.test(said)) {
    return new DualRegistryError(
      "NOT_FOUND",
      `engine:${image}: the engine at ${socket} has no such image; see docker images, or build or pull it first`,
    );
  }
  return new DualRegistryError(
    "REGISTRY_REFUSED",
    `engine:${image}: the engine at ${socket} answered ${status}: ${said}`,
  );
}

/** The error for an engine that gives no answer; errors that say what they mean already stay as they are. */
export function unreachable(error: unknown, socket: string): unknown {
  if (error instanceof DualRegistryError || hasCode(error, "ENOSPC", "EDQUOT")) return error;
  const why = isMissing(error)
    ? "there is no such socket; start Docker or Podman, or name another socket by DOCKER_HOST=unix:///path"
    : hasCode(error, "ECONNREFUSED")
      ? "nobody listens; start Docker or Podman"
      : hasCode(error, "EACCES")
        ? "no right to use the socket; join its group (docker), or use a rootless engine by DOCKER_HOST=unix:///path"
        : `the connection broke: ${error instanceof Error ? error.message : String(error)}; try again`;
  return new DualRegistryError(
    "REGISTRY_UNAVAILABLE",
    `No local engine at ${socket}: ${why}. Without an engine use docker-archive:FILE or oci:DIR`,
    { cause: error },
  );
}

async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_ANSWER) break;
  }
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null && "message" in json) return String(json.message);
  } catch {
    // Not JSON: as it is.
  }
  return text;
}
