import { setTimeout as wait } from "node:timers/promises";
import { DualRegistryError } from "../../../src/base/errors";
import { processIo } from "../../../src/cli/io";
import { followPhases } from "../../../src/cli/progress";
import type { Transaction } from "../../../src/images/phases";

/** A transaction that sends 3 MB of 4 in a while, notes something and, where it is told so, fails. */
const transaction = (fails: boolean): Transaction<void> => ({
  phases: ["push", "tag"],
  run: async (phase) => {
    await phase("push", async (report) => {
      report.total(4_000_000);
      for (let sent = 0; sent < 3; sent += 1) {
        report.bytes(1_000_000);
        await wait(260);
      }
      report.note("3 blobs sent");
    });
    await phase("tag", () =>
      fails ? Promise.reject(new DualRegistryError("TAG_TAKEN", "it is taken")) : Promise.resolve(),
    );
  },
});

void followPhases(transaction(process.argv[2] === "fail"), processIo()).then(
  ({ times }) => process.stdout.write(`${JSON.stringify(times.map(({ phase }) => phase))}\n`),
  (error: unknown) => {
    process.stdout.write(`refused: ${error instanceof DualRegistryError ? error.code : String(error)}\n`);
  },
);
