import { AZURE } from "./azureTypes";
import type { Cloud } from "./cloud";
import { textAt } from "./lookup";
import { CloudError } from "./model";

/**
 * A lock on a resource, on what it is in, or for a deletion on what is in it, stops the request.
 * Locks themselves are not covered by locks.
 *
 * @throws CloudError ScopeLocked
 */
export function refuseLocked(cloud: Cloud, id: string, action: "write" | "delete"): void {
  if (/\/providers\/Microsoft\.Authorization\/locks\/[^/]+$/i.test(id)) return;
  const lower = id.toLowerCase();
  for (const lock of cloud.ofType(AZURE.lock)) {
    const scope = `/${textAt(lock.inputs, "scope").replace(/^\//, "")}`.toLowerCase();
    const covers = lower === scope || lower.startsWith(`${scope}/`);
    const stops =
      action === "write"
        ? covers && textAt(lock.inputs, "level") === "ReadOnly"
        : (covers || scope.startsWith(`${lower}/`)) && textAt(lock.inputs, "level") !== "NotSpecified";
    if (stops) {
      throw new CloudError(
        "ScopeLocked",
        `cannot ${action} '${id}': the lock '${lock.id}' is in the way; remove it first`,
      );
    }
  }
}
