import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isMissing } from "../../base/file";

/** What may stand in a token between its separators: anything else names no file of a package. */
const SEGMENT = /^[A-Za-z][\w-]*$/;

/**
 * The properties that a provider's function answers, read from the declarations of the package that the program has
 * installed: `azure-native:authorization:getClientConfig` is `authorization/getClientConfig.d.ts` of
 * `@pulumi/azure-native`, and its answer the interface `GetClientConfigResult`. Both shapes of token are known,
 * `package:module:function` and `package:module/function:function`.
 *
 * An offline preview has no answer. With the names it can say on the wire that each of them is unknown, which the SDK
 * understands by itself.
 *
 * @param token as the program sent it
 * @param importers files or folders whose packages are looked at, in this order
 * @returns `undefined` when no declaration says it
 * @see https://www.pulumi.com/docs/iac/using-pulumi/pulumi-packages/schema/ (tokens)
 */
export function resultProperties(token: string, importers: readonly string[]): readonly string[] | undefined {
  const [provider = "", module = "", name = "", ...rest] = token.split(":");
  const folders = module.split("/").filter((folder) => folder !== "index" && folder !== name);
  if (rest.length > 0 || ![provider, name, ...folders].every((segment) => SEGMENT.test(segment))) return undefined;
  const file = join(...folders, `${name}.d.ts`);
  const declaration = importers.map((from) => readDeclaration(`@pulumi/${provider}`, file, from)).find(Boolean);
  const result = `export interface ${name.charAt(0).toUpperCase()}${name.slice(1)}Result {\n`;
  const [, after] = declaration?.split(result, 2) ?? [];
  const body = after?.split("\n}", 1)[0];
  return body === undefined ? undefined : Array.from(body.matchAll(/^ {4}readonly (\w+)\??:/gm), ([, key = ""]) => key);
}

/** A package's declaration file; `undefined` where package or file is missing. */
function readDeclaration(packageName: string, file: string, importer: string): string | undefined {
  try {
    const manifest = createRequire(join(importer, "package.json")).resolve(`${packageName}/package.json`);
    // Generated packages have their declarations beside the manifest, or in `bin`.
    return [join(manifest, "..", file), join(manifest, "..", "bin", file)].map(readIfThere).find(Boolean);
  } catch (error) {
    // A package that exports no package.json, or is not there.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
