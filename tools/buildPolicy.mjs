// Bundles the controls into policy/bin/index.js, since publishing a policy pack packs its own folder and nothing else.
// What the pack's package.json names is left out of the bundle: the engine wants one copy of its SDK.
import { build } from "esbuild";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

await build({
  entryPoints: [join(root, "src/controls/adapters/pack.ts")],
  outfile: process.argv[2] ?? join(root, "policy/bin/index.js"),
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["@pulumi/*"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});
