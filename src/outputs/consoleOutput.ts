import { z } from "zod";
import { isDigest } from "../base/digest";
import { isRepository } from "../base/reference";
import { CONSOLE_KINDS } from "../domain/console/planConsole";
import { IMAGE_CLASSES } from "../domain/image/imageClass";

/** Where a stage's console is, and by which digest it runs; nothing here is a secret. */
export const consoleOutput = z.object({
  kind: z.enum(CONSOLE_KINDS),
  /** The host that visitors know it by, over https. */
  host: z.string().max(1000),
  class: z.enum(IMAGE_CLASSES),
  repository: z.string().refine(isRepository, "allowed: a repository's path in lower case"),
  digest: z.string().refine(isDigest, "allowed: a whole digest"),
});
