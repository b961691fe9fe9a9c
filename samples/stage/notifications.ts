import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fieldsOf, listOf, parseJson } from "../../src/base/json";
import { readBody, startHttp } from "../../test/support/registries/httpServer";

/** What registries tell of pushes and pulls, kept as the audit log of a stage. */
export interface AuditLog {
  /** Where registries are to post it. */
  url: string;
  /** An envelope a line, as it came: `--registry-log` of `dualreg pulls reconcile` and `npm run qa`. */
  file: string;
  /**
   * Waits until each pull was told of: registries do so behind their answer.
   *
   * @param pulls as `host/repository@digest`
   * @throws Error after 20 s
   */
  told: (pulls: readonly string[]) => Promise<void>;
  stop: () => Promise<void>;
}

/** Starts to keep a log. @param file to which it is added */
export async function keepAuditLog(file: string): Promise<AuditLog> {
  appendFileSync(file, "", { mode: 0o600 });
  const pulled: string[] = [];
  const receiver = await startHttp(async (request, response) => {
    const envelope = parseJson(await readBody(request), "A registry's notification");
    appendFileSync(file, `${JSON.stringify(envelope)}\n`);
    pulled.push(...pulledIn(envelope));
    response.end();
  });
  return {
    url: `http://${receiver.host}/`,
    file,
    told: async (pulls) => {
      for (let left = 200; left > 0; left -= 1) {
        if (pulls.every((one) => pulled.includes(one))) return;
        await sleep(100);
      }
      throw new Error("The registries did not tell of the pulls within 20 s");
    },
    stop: () => receiver.stop(),
  };
}

/** What somebody pulled, dualreg itself left out. Source: CNCF Distribution, "Work with notifications". */
const pulledIn = (envelope: unknown): string[] =>
  listOf(fieldsOf(envelope)["events"]).flatMap((event) => {
    const { action, target, request } = fieldsOf(event);
    const { host, useragent: agent } = fieldsOf(request);
    const { digest, repository } = fieldsOf(target);
    const isOwn = typeof agent === "string" && agent.startsWith("dual-registry");
    return action === "pull" && !isOwn ? [`${String(host)}/${String(repository)}@${String(digest)}`] : [];
  });
