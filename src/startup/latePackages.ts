import Module, { createRequire } from "node:module";

/**
 * Packages that Pulumi's SDK loads at its start and this program never uses: npm's own tree of packages, for code that is
 * to be zipped for a cloud function. It is a fifth of a second, see docs/adr/0003-a-fast-program.md. Whoever does ask it
 * for something gets it, loaded then.
 */
const LATE = ["@npmcli/arborist"];

/** A stand-in for a module, which is loaded when something of it is first asked for. */
export function lateExports(load: () => object): object {
  // Asked by everyone who imports it the way TypeScript does; such a module is not copied.
  return new Proxy({}, { get: (_, key) => (key === "__esModule" ? true : (Reflect.get(load(), key) as unknown)) });
}

function makeLate(name: string): void {
  const sdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
  const file = sdk.resolve(name);
  if (require.cache[file] !== undefined) return;
  const late = new Module(file);
  late.filename = file;
  late.loaded = true;
  late.exports = lateExports(() => {
    if (require.cache[file] === late) Reflect.deleteProperty(require.cache, file);
    return sdk(file) as object;
  });
  require.cache[file] = late;
}

for (const name of LATE) {
  try {
    makeLate(name);
  } catch {
    // A release of the SDK that has no such package needs no help.
  }
}
