/** One host of a pull secret, and the template key of its password. */
export interface PullSecretHost {
  host: string;
  username: string;
  /** Key of the password in the template. */
  key: string;
}

/**
 * A Docker login file of all hosts as a template of External Secrets, engine v2, with a place for each password: it is
 * filled in the cluster. `toJson` quotes a password, so none can break out of its place.
 * Source: Kubernetes, "Pull an Image from a Private Registry"; External Secrets, "Advanced Templating v2".
 *
 * @param hosts the hosts clients log in at, each once
 */
export function pullSecretTemplate(hosts: readonly PullSecretHost[]): string {
  const logins = hosts.map(({ host, username, key }) => {
    const password = `.${key}`;
    const auth = `{{ printf "%s:%s" ${JSON.stringify(username)} ${password} | b64enc | toJson }}`;
    const fields = `"username":${JSON.stringify(username)},"password":{{ ${password} | toJson }},"auth":${auth}`;
    return `${JSON.stringify(host)}:{${fields}}`;
  });
  return `{"auths":{${logins.join(",")}}}`;
}
