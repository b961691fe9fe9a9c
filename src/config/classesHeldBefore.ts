import { IMAGE_CLASSES, type ImageClass } from "../domain/imageClass";
import type { ProjectFiles } from "./raw";

const field = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;

/**
 * The classes whose registry the stage before holds itself, as that stage's own file says. Both where its file is of
 * another project: then the stack's outputs decide, when they are read.
 *
 * @param before the stack's name, as the stage file has it
 */
export function classesHeldBefore(files: ProjectFiles, before: string | undefined): ImageClass[] {
  if (before === undefined) return [];
  const file = files.stages.find(({ stack }) => stack === before);
  return IMAGE_CLASSES.filter((imageClass) => field(field(file?.registries, imageClass), "mode") !== "reference");
}
