import { DualRegistryError } from "../../errors";

const NAME =
  /^[A-Za-z0-9][A-Za-z0-9._-]*(?::\d+)?(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

/**
 * The name of one image, as an engine takes it. A bare name stands for its tag `latest`, as everywhere with engines;
 * without it the engine would give every tag there is. An image's id stays as it is.
 *
 * @throws DualRegistryError USAGE
 */
export function engineName(text: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(text) || /^[0-9a-f]{12,64}$/.test(text)) return text;
  if (text.length > 512 || !NAME.test(text)) {
    throw new DualRegistryError(
      "USAGE",
      `Image ${JSON.stringify(text.slice(0, 200))}: no name of an image; allowed: name[:tag], name@sha256:<digest>, or its id`,
    );
  }
  const tagged = text.includes("@") || text.lastIndexOf(":") > text.lastIndexOf("/");
  return tagged ? text : `${text}:latest`;
}
