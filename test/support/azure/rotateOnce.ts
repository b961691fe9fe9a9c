import { revokePassword, rotatePassword } from "../../../src/passwords/rotate";
import { startPasswordWorld } from "./passwordWorld";

/** A life of a password, run as a process of its own, so that a test sees all that is logged. */
async function main(): Promise<void> {
  const world = await startPasswordWorld();
  world.tokens.next = (process.env["PLANTED"] ?? "").split(" ");
  for (const rotate of ["", "2026-10-01"]) {
    console.log(await rotatePassword(world.place, { days: 30, rotate }, undefined, world.access));
  }
  await revokePassword(world.place, world.access);
  await world.azure.stop();
  process.exitCode = world.tokens.made.length === 2 && world.tokens.made[0]?.startsWith("planted") ? 0 : 1;
}

void main();
