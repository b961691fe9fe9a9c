import { program } from "./startup/begun";
import "./startup/latePackages";
import "./startup/quietStacks";
import "./startup/quietAliases";

/** Pulumi's way in: the program of program.ts, started fast, see docs/adr/0003-a-fast-program.md. */
export = async () => (await program())();
