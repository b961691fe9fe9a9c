import { createRequire } from "node:module";

/** Packages too heavy for a start. */
interface HeavyPackages {
  "@aws-sdk/client-ecr": typeof import("@aws-sdk/client-ecr");
  "@azure/arm-authorization": typeof import("@azure/arm-authorization");
  "@azure/arm-containerregistry": typeof import("@azure/arm-containerregistry");
  "@azure/core-rest-pipeline": typeof import("@azure/core-rest-pipeline");
  "@azure/identity": typeof import("@azure/identity");
  "@azure/keyvault-secrets": typeof import("@azure/keyvault-secrets");
  "@azure/monitor-opentelemetry-exporter": typeof import("@azure/monitor-opentelemetry-exporter");
  "@azure/monitor-query-logs": typeof import("@azure/monitor-query-logs");
  "@noble/ciphers/salsa": typeof import("@noble/ciphers/salsa");
  "@octokit/core": typeof import("@octokit/core");
  "@octokit/plugin-paginate-rest": typeof import("@octokit/plugin-paginate-rest");
  "@octokit/plugin-retry": typeof import("@octokit/plugin-retry");
  "@octokit/plugin-throttling": typeof import("@octokit/plugin-throttling");
  "@sigstore/bundle": typeof import("@sigstore/bundle");
  "@sigstore/core": typeof import("@sigstore/core");
  "@sigstore/protobuf-specs": typeof import("@sigstore/protobuf-specs");
  "@sigstore/sign": typeof import("@sigstore/sign");
  "@sigstore/tuf": typeof import("@sigstore/tuf");
  "@sigstore/verify": typeof import("@sigstore/verify");
  esbuild: typeof import("esbuild");
  "google-auth-library": typeof import("google-auth-library");
  listr2: typeof import("listr2");
  "node-sqlite3-wasm": typeof import("node-sqlite3-wasm");
  undici: typeof import("undici");
}

const load: (name: string) => unknown = createRequire(__filename);

/**
 * Loads a heavy package when it is first needed; what only names its types loads nothing. `createRequire` keeps it out of
 * the program's script, and goes through the loader that reads TypeScript, which `import()` does not.
 *
 * @throws what loading it throws
 */
export function loadPackage<Name extends keyof HeavyPackages>(name: Name): HeavyPackages[Name] {
  return load(name) as HeavyPackages[Name];
}
