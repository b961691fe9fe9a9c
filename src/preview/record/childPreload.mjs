// Loaded into the previewed program's process before Pulumi's runtime (node --import). It changes what the runtime can
// do offline, never what the program registers.
import { inspect } from "node:util";

// Errors are told without colours, by the hook that Node has for how an object is inspected. They end up in reports, and
// some releases of Node 20 never return from a coloured inspect() of a stack with a line like
// `node_modules/@pulumi/output.ts:1:1`, which the SDK's source maps lead to.
Object.defineProperty(Error.prototype, inspect.custom, {
  configurable: true,
  writable: true,
  value(depth, options) {
    return inspect(this, { ...options, depth, colors: false, customInspect: false });
  },
});
