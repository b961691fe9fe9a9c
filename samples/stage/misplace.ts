import { credentialsFor, openRegistry } from "../../src/oci";
import { copyImage } from "../../test/support/images/copyImage";
import type { PlacedImage } from "./product";
import type { LocalStage, LocalStages } from "./stages";

/** Who owns the subscription may do what no plan lets anybody do: this is why somebody has to look. */
export const OWNER = "subscription-owner";

/**
 * Copies a secure image into the stage's standard registry, as its owner: past the publish path, which would refuse it.
 *
 * @param repository what it is called there. Default: its own name
 */
export async function misplace(
  { envOf, logins }: LocalStages,
  { hosts }: LocalStage,
  image: PlacedImage,
  repository = image.repository,
): Promise<PlacedImage> {
  const credentials = credentialsFor(envOf(logins.length === 0 ? undefined : OWNER));
  const [from, to] = [openRegistry(hosts.secure, { credentials }), openRegistry(hosts.standard, { credentials })];
  try {
    await copyImage(from.repository(image.repository), to.repository(repository), image.tag, image.tag);
    return { ...image, repository };
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}
