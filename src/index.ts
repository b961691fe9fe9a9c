import "./startup/latePackages";
import "./startup/quietStacks";
import "./startup/quietAliases";
import { join } from "node:path";
import { runBundled } from "./startup/runBundled";

/** Pulumi's way in: the program of program.ts, started fast, see docs/adr/0003-a-fast-program.md. */
export = runBundled(join(__dirname, "program.ts"));
