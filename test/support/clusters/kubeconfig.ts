import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes a kubeconfig with a context for each login; the first one is current. Source: Kubernetes, "kubeconfig (v1)".
 *
 * @param tokens by the context's name
 * @param trust the server's certificate; without one it is not looked at
 * @returns the file's path
 */
export function writeKubeconfig(
  dir: string,
  server: string,
  tokens: Readonly<Record<string, string>>,
  trust: { certificate?: Buffer } = {},
): string {
  const names = Object.keys(tokens);
  const file = join(dir, "kubeconfig.json");
  const security =
    trust.certificate === undefined
      ? { "insecure-skip-tls-verify": true }
      : { "certificate-authority-data": trust.certificate.toString("base64") };
  const config = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": names[0] },
    clusters: [{ name: "test", cluster: { server, ...security } }],
    users: names.map((name) => ({ name, user: { token: tokens[name] } })),
    contexts: names.map((name) => ({ name, context: { cluster: "test", user: name } })),
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
