// Loaded into the previewed program's process before Pulumi's runtime (node --import). It changes what the runtime can
// do offline and what it costs, never what the program registers.
import { createRequire } from "node:module";
import util from "node:util";

const require = createRequire(import.meta.url);
const sdk = new URL(import.meta.url).searchParams.get("sdk");
const pulumi = require(`${sdk}/index.js`);
const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Replaces a function by one made of it; another release of the SDK that does not allow it is left as it is. */
function replace(owner, name, make) {
  const { value, writable } = Object.getOwnPropertyDescriptor(owner, name) ?? {};
  if (writable && typeof value === "function") owner[name] = make(value);
}

// Errors are told without colours. They end up in reports, and some releases of Node 20 never return from a coloured
// inspect() of a stack with a line like `node_modules/@pulumi/output.ts:1:1`, which the SDK's source maps lead to.
replace(util, "inspect", (inspect) => {
  const plain = (options) => (options?.colors ? { ...options, colors: false } : options);
  const apply = (_, self, [value, options, ...rest]) => Reflect.apply(inspect, self, [value, plain(options), ...rest]);
  return new Proxy(inspect, { apply });
});

// A provider's function has no answer offline. On the wire a single property can be unknown, but not a whole result:
// a property the answer does not name would read as known and undefined. The recorder's { [unknown]: [unknown] } is made
// unknown as the SDK tells it (`__pulumiUnknown`), whichever property is asked for; text made of it stays unknown.
const unknownResult = new Proxy(
  // What the SDK copies or picks is unknown again: the first key is a single result, the second marks a copy.
  { value: undefined, __pulumiUnknown: true },
  {
    get(_target, key) {
      if (key === "__pulumiUnknown") return true;
      if (key === Symbol.toPrimitive || key === "toString" || key === "toJSON") return () => UNKNOWN_VALUE;
      if (typeof key === "symbol" || key === "then" || key.startsWith("__")) return undefined;
      return unknownResult;
    },
  },
);
replace(require(`${sdk}/runtime/rpc.js`), "deserializeProperties", (deserialize) => (properties, keepUnknowns) => {
  const isUnknown = properties.getFieldsMap().has(UNKNOWN_VALUE);
  return isUnknown ? unknownResult : deserialize(properties, keepUnknowns);
});

// azure-native gives each resource an alias for every API version it has had, about twenty, and the SDK spends more time
// and memory on them than on all the rest. They matter only where there is a state, and nobody is shown them.
replace(pulumi, "mergeOptions", (mergeOptions) => {
  const type = /^azure-native:[^:]+:[^:]+$/;
  const isVersion = (alias) => type.test(alias?.type) && Object.keys(alias).length === 1;
  const isVersions = (options) => Object.keys(options ?? {}).join() === "aliases" && options.aliases.every?.(isVersion);
  return (options, added) => mergeOptions(options, isVersions(added) ? {} : added);
});

// The SDK notes where each resource and each of its promises came from, every time as a source-mapped stack: half of what
// a large stage costs. The recorder keeps no positions; errors keep their stacks, and leaks are still found.
replace(require(`${sdk}/runtime/debuggable.js`), "debuggablePromise", (debuggablePromise) => (promise, context) => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return debuggablePromise(promise, context);
  } finally {
    Error.stackTraceLimit = limit;
  }
});
replace(pulumi.Resource, "stackTrace", () => () => []);
