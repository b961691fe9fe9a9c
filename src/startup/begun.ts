import { join } from "node:path";
import type main from "../program";
import { bundled } from "./bundledProgram";

/** The program, begun when this is imported: first of all, so that its script is made while Pulumi's SDK is loaded. */
export const program = bundled(join(__dirname, "../program.ts")) as () => Promise<typeof main>;
