import { createRequire } from "node:module";
import { replaceFunction } from "./replaceFunction";

/**
 * Keeps Pulumi's SDK from taking a stack trace for every resource and promise: of each resource, to note in the state where
 * it was written; of each promise, in case it never settles. The TypeScript runtime maps every frame of each, for which it
 * parses the source maps of all SDK files on the way, a third of the program's time: docs/adr/0003-a-fast-program.md.
 * Errors keep their traces, and PULUMI_DEBUG_PROMISE_LEAKS, which reads the promises' traces, gives all of them.
 */
const sdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));

if (!process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) {
  replaceFunction(sdk("./runtime/debuggable.js"), "debuggablePromise", (original) => (...args) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return original(...args);
    } finally {
      Error.stackTraceLimit = limit;
    }
  });
  const { Resource } = sdk("./resource.js") as { Resource?: unknown };
  replaceFunction(Resource, "stackTrace", () => () => []);
}
