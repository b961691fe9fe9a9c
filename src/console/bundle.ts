import type { Plugin } from "esbuild";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Digest, digestOf } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { loadPackage } from "../base/packages";
import { DIGEST_PLACE, withDigest } from "./fixedRegistries";
import type { BuiltSettings } from "./settings";

/** A console as one file. */
export interface ConsoleBundle {
  text: string;
  /** Of the file. */
  digest: Digest;
}

/** Heavy packages that the console loads late: signatures, a stage's vault, the platform's identity. */
const LATE = [
  ...[
    "@azure/identity",
    "@azure/keyvault-secrets",
    "@azure/monitor-opentelemetry-exporter",
    "@sigstore/bundle",
    "@sigstore/core",
  ],
  ...["@sigstore/protobuf-specs", "@sigstore/tuf", "@sigstore/verify", "node-sqlite3-wasm", "undici"],
];

/** In a clone loadPackage asks for packages by a name that no bundler sees; here the names stand in the text. */
const latePackages: Plugin = {
  name: "late-packages",
  setup: (build) => {
    build.onLoad({ filter: /[\\/]base[\\/]packages\.[jt]s$/ }, () => ({
      loader: "js",
      contents: `const late = {${LATE.map((name) => `${JSON.stringify(name)}: () => require(${JSON.stringify(name)})`).join(",")}};
        export function loadPackage(name) {
          if (!Object.hasOwn(late, name)) throw new Error("not in the console: " + name);
          return late[name]();
        }`,
    }));
  },
};

/** SQLite's WebAssembly lies beside its script; in one file it has to be in the text. Source: Emscripten, Module.wasmBinary. */
const wasmInside: Plugin = {
  name: "wasm-inside",
  setup: (build) => {
    build.onLoad({ filter: /[\\/]node-sqlite3-wasm\.js$/ }, async ({ path }) => {
      const wasm = JSON.stringify(`./${basename(path, ".js")}.wasm`);
      const contents = `var Module = { wasmBinary: require(${wasm}) };${await readFile(path, "utf8")}`;
      return { loader: "js", contents };
    });
  },
};

/**
 * Bundles the console with its settings as a constant: one CommonJS file for Node, which reads no setting when it runs.
 * The same settings, packages and version give the same bytes.
 *
 * @throws DualRegistryError USAGE where esbuild cannot make it
 */
export async function bundleConsole(settings: BuiltSettings, version: string): Promise<ConsoleBundle> {
  const { build } = loadPackage("esbuild");
  const failed = (cause: unknown): DualRegistryError => {
    const why = cause instanceof Error ? cause.message.slice(0, 2_000) : "";
    return new DualRegistryError("USAGE", `The console cannot be bundled: ${why}`, { cause });
  };
  const made = await build({
    ...{ entryPoints: [join(__dirname, "main")], absWorkingDir: join(__dirname, "..", ".."), write: false },
    ...{ bundle: true, platform: "node", format: "cjs", target: "node20", plugins: [latePackages, wasmInside] },
    loader: { ".wasm": "binary" },
    // Names stay as they are: stack traces in a log say something.
    ...{ legalComments: "eof", minifyWhitespace: true, charset: "utf8", logLevel: "silent", keepNames: false },
    define: {
      CONSOLE_SETTINGS: JSON.stringify(JSON.stringify(settings)),
      CONSOLE_PROGRAM: JSON.stringify(`DUALREG_PROGRAM=${DIGEST_PLACE}`),
      CONSOLE_VERSION: JSON.stringify(version),
    },
  }).catch((cause: unknown) => {
    throw failed(cause);
  });
  const [file] = made.outputFiles;
  if (file === undefined) throw failed(undefined);
  const text = withDigest(file.text);
  return { text, digest: digestOf(Buffer.from(text)) };
}
