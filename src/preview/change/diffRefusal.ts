import type { ChangeKind } from "./diffTypes";
import type { RecordedResource } from "../recording";

const UNPROTECT = "remove `protect`, run an update, and only then change it";

/**
 * Why the engine ends an update that does this; undefined when it does not.
 * Source: pulumi, pkg/resource/deploy: step.go (DeleteStep.Apply looks at the old state's protect, also of a resource
 * that would be kept), step_generator.go (a replacement looks at the old and the new, so unprotecting and replacing in
 * one change is allowed; a replaced resource must no longer name an id to import).
 */
export function refusalOf(
  kind: ChangeKind,
  before: RecordedResource | undefined,
  after: RecordedResource | undefined,
  importsAnother: boolean,
): string | undefined {
  const wasProtected = before?.options.protect === true;
  if (kind === "delete") return wasProtected ? `it is protected and cannot be deleted; ${UNPROTECT}` : undefined;
  if ((kind !== "replace" && kind !== "may-replace") || importsAnother) return undefined;
  if (wasProtected && after?.options.protect === true) return `it is protected and cannot be replaced; ${UNPROTECT}`;
  if (before?.options.import !== undefined && before.options.import === after?.options.import) {
    return "it was imported and still names the id, so it cannot be replaced; remove `import`";
  }
  return undefined;
}
