import { parentOf } from "./armIds";
import { AZURE } from "./azureTypes";
import { CloudError } from "./model";

/** Milliseconds that a write to an identity's credentials takes: two at once meet. */
const WRITING = 25;

/**
 * Writes that exclude each other: Azure takes one write at a time to the federated credentials of an identity.
 * Source: Microsoft Entra, workload identity federation: concurrent updates are not supported and give 409.
 */
export class Writes {
  readonly #busy = new Set<string>();

  /**
   * Does the write; the answer comes when it is over.
   *
   * @throws CloudError ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity while another one runs
   */
  async alone<Answer>(type: string, id: string, write: () => Answer): Promise<Answer> {
    if (type !== AZURE.federatedCredential) return write();
    const identity = (parentOf(type, id) ?? "").toLowerCase();
    if (this.#busy.has(identity)) {
      const text = `409: '${id}' is written while another credential of the same identity is`;
      throw new CloudError("ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity", text);
    }
    this.#busy.add(identity);
    try {
      const answer = write();
      await new Promise((resolve) => setTimeout(resolve, WRITING));
      return answer;
    } finally {
      this.#busy.delete(identity);
    }
  }
}
