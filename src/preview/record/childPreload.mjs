// Loaded into the previewed program's process before Pulumi's runtime (node --import). It changes what the runtime can
// do offline, never what the program registers.
import { createRequire } from "node:module";
import { inspect } from "node:util";

const require = createRequire(import.meta.url);
const sdk = new URL(import.meta.url).searchParams.get("sdk");
const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Replaces a function by one made of it; another release of the SDK that does not allow it is left as it is. */
function replace(owner, name, make) {
  const { value, writable } = Object.getOwnPropertyDescriptor(owner, name) ?? {};
  if (writable && typeof value === "function") owner[name] = make(value);
}

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
