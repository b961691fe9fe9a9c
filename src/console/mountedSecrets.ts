import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DualRegistryError } from "../base/errors";
import { hasCode, isMissing } from "../base/file";
import type { ImageClass } from "../domain/image/imageClass";
import type { CredentialSource } from "../oci";

const MAX_SECRET = 64 * 1024;

/**
 * A secret that is mounted as a file, without the line feed at its end; undefined where there is none.
 *
 * @throws DualRegistryError CONFIG_INVALID, which names the file and says nothing of what it holds
 */
export async function mountedSecret(folder: string, name: string): Promise<string | undefined> {
  const file = join(folder, name);
  try {
    const bytes = await readFile(file);
    if (bytes.length <= MAX_SECRET) return bytes.toString("utf8").replace(/\r?\n$/, "") || undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    const why = hasCode(error, "EACCES", "EPERM") ? "this user may not read it" : "it cannot be read";
    throw new DualRegistryError("CONFIG_INVALID", `${file}: ${why}; mount it readable for the console's user`);
  }
  throw new DualRegistryError("CONFIG_INVALID", `${file}: larger than allowed: at most ${MAX_SECRET} bytes`);
}

/**
 * The login of one class's registry: `<class>-username` and `<class>-password` in the folder of secrets. Both are read
 * anew whenever a login is wanted, so that a rotation needs no restart. Without them the registry is asked as nobody.
 *
 * @param known the name, where none is mounted; it is no secret
 */
export const mountedLogin =
  (folder: string, imageClass: ImageClass, known?: string): CredentialSource =>
  async () => {
    const [username = known, password] = await Promise.all([
      mountedSecret(folder, `${imageClass}-username`),
      mountedSecret(folder, `${imageClass}-password`),
    ]);
    const from = join(folder, `${imageClass}-password`);
    if (username === undefined || password === undefined) return { kind: "anonymous", from: `no login in ${folder}` };
    return { kind: "basic", username, password, from };
  };
