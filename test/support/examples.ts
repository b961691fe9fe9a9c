import { join, resolve } from "node:path";

/** The folder of the example projects. Tests read these, never the root's own files, which are the user's. */
export const EXAMPLES = resolve(__dirname, "../../examples");

/** The folder of one example project. */
export const example = (name: string): string => join(EXAMPLES, name);
