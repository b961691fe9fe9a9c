import { join } from "node:path";
import type main from "./program";
import { bundledModule } from "./startup/bundledProgram";

// The bundle is made while the SDK is loaded.
const program = bundledModule(join(__dirname, "program.ts")) as () => Promise<typeof main>;
import "@pulumi/pulumi";

/** Pulumi's entry point: the program of program.ts, started fast, see docs/adr/0003-a-fast-program.md. */
export = async () => (await program())();
