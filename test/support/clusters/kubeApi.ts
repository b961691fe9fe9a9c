import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fieldAt, fieldsOf, isObject, listOf, textAt } from "../../../src/base/json";
import { makeSigningPair } from "../registries/certificate";
import { answerJson, readBody } from "../registries/httpServer";
import { writeKubeconfig } from "./kubeconfig";
import type { ApiAnswer, Kubernetes } from "./kubernetes";

/** A stand-in for a cluster's API: what it answers, `kube-apiserver` answers too, since the same tests run over both. */
export interface KubeApi extends Kubernetes {
  /** Paths that were asked, with their queries, since the last time. */
  asked: () => string[];
  /** Answers that come so late, in milliseconds. */
  slow: (milliseconds: number) => void;
  /** The next answers to lists, by status: 503 without a body of the API's. */
  fail: (...statuses: readonly number[]) => void;
  /** Puts an object where it is, whatever the API server would say of it. */
  put: (path: string, object: object) => void;
}

/** Where objects of one kind are: `/api/v1/pods`, without the namespace. */
interface Address {
  collection: string;
  group: string;
  resource: string;
  namespace: string;
  name: string;
  part: string;
}

const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  "/api/v1": ["pods", "replicationcontrollers", "namespaces"],
  "/apis/apps/v1": ["deployments", "statefulsets", "daemonsets", "replicasets"],
  "/apis/batch/v1": ["jobs", "cronjobs"],
  "/apis/rbac.authorization.k8s.io/v1": ["clusterroles", "clusterrolebindings"],
};

function addressOf(path: string): Address | undefined {
  const match =
    /^(\/api\/v1|\/apis\/[a-z0-9.]+\/v1)(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?(?:\/([a-z]+))?$/.exec(path);
  const [, base = "", namespace = "", resource = "", name = "", part = ""] = match ?? [];
  if (!RESOURCES[base]?.includes(resource)) return undefined;
  const group = base === "/api/v1" ? "" : (base.split("/")[2] ?? "");
  return { collection: `${base}/${resource}`, group, resource, namespace, name, part };
}

type Stored = Record<string, unknown>;

/** Starts the stand-in over TLS: kubectl sends no token without it. @param prefix of every path, as proxies have one */
export async function startKubeApi(prefix = ""): Promise<KubeApi> {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-kube-api-"));
  const pair = makeSigningPair();
  const tokens = { admin: randomBytes(24).toString("hex"), nobody: randomBytes(24).toString("hex") };
  const store = new Store();
  const asked: string[] = [];
  const failures: number[] = [];
  let delay = 0;
  const server = createServer(
    { key: pair.key.export({ type: "pkcs8", format: "pem" }), cert: readFileSync(pair.certificateFile) },
    (request, response) => {
      void answer(request, response).catch(() => response.destroy());
    },
  );
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = request.url ?? "";
    asked.push(url);
    if (delay > 0) await sleep(delay);
    const user = Object.entries(tokens).find(([, token]) => request.headers.authorization === `Bearer ${token}`)?.[0];
    const body = await readBody(request, 1 << 24);
    const failure = url.includes("limit=") ? failures.shift() : undefined;
    const said: ApiAnswer =
      failure === undefined
        ? url.startsWith(prefix)
          ? store.handle(request.method ?? "GET", url.slice(prefix.length), body, user)
          : status(404, "NotFound", "the server could not find the requested resource")
        : status(failure, failure === 410 ? "Expired" : "ServiceUnavailable", "try again");
    answerJson(response, said.status, said.body);
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    kubeconfig: writeKubeconfig(dir, `https://127.0.0.1:${port}${prefix}`, tokens),
    api: (method, path, body) =>
      Promise.resolve(store.handle(method, path, Buffer.from(body === undefined ? "" : JSON.stringify(body)), "admin")),
    compact: () => {
      store.snapshots.clear();
      return Promise.resolve();
    },
    asked: () => asked.splice(0),
    slow: (milliseconds) => (delay = milliseconds),
    fail: (...statuses) => failures.push(...statuses),
    put: (path, object) => store.put(path, object),
    stop: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      pair.remove();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** What the API says of a failure. Source: Kubernetes API, meta/v1 Status. */
const status = (code: number, reason: string, message: string): ApiAnswer => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code },
});

class Store {
  /** Lists as they were when their first page was read, by their version; compaction takes them away. */
  readonly snapshots = new Map<string, readonly Stored[]>();
  private readonly objects = new Map<string, Map<string, Stored>>();
  private version = 100;

  handle(method: string, url: string, body: Buffer, user: string | undefined): ApiAnswer {
    const [path = "", query = ""] = url.split("?");
    if (user === undefined) return status(401, "Unauthorized", "Unauthorized");
    if (path === "/version") return { status: 200, body: { major: "1", minor: "33", gitVersion: "v1.33.4" } };
    const address = addressOf(path);
    if (address === undefined) return status(404, "NotFound", "the server could not find the requested resource");
    if (user !== "admin" && !this.allows(user, address)) {
      const scope = address.namespace === "" ? "at the cluster scope" : `in the namespace "${address.namespace}"`;
      const what = `cannot list resource "${address.resource}" in API group "${address.group}" ${scope}`;
      return status(403, "Forbidden", `${address.resource} is forbidden: User "${user}" ${what}`);
    }
    if (method === "GET" && address.name === "") return this.list(address, new URLSearchParams(query));
    const json: unknown = body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
    return this.change(method, address, fieldsOf(json));
  }

  put(path: string, object: object): void {
    const address = addressOf(path);
    if (address === undefined) throw new Error(`no collection: ${path}`);
    const stored = { ...fieldsOf(object) };
    this.version += 1;
    this.of(address.collection).set(keyOf(address.namespace, textAt(stored, "metadata", "name") ?? ""), {
      ...stored,
      metadata: {
        ...fieldsOf(stored["metadata"]),
        ...(address.namespace === "" ? {} : { namespace: address.namespace }),
      },
    });
  }

  private of(collection: string): Map<string, Stored> {
    const known = this.objects.get(collection) ?? new Map<string, Stored>();
    this.objects.set(collection, known);
    return known;
  }

  /** RBAC's own objects decide, as they do in a cluster. Source: Kubernetes, "Using RBAC Authorization". */
  private allows(user: string, { group, resource }: Address): boolean {
    const base = "/apis/rbac.authorization.k8s.io/v1";
    const roles = [...this.of(`${base}/clusterrolebindings`).values()]
      .filter((binding) => listOf(binding["subjects"]).some((subject) => textAt(subject, "name") === user))
      .map((binding) => textAt(binding, "roleRef", "name"));
    return [...this.of(`${base}/clusterroles`).values()]
      .filter((role) => roles.includes(textAt(role, "metadata", "name")))
      .flatMap((role) => listOf(role["rules"]))
      .some(
        (rule) =>
          listOf(fieldAt(rule, "apiGroups")).includes(group) && listOf(fieldAt(rule, "resources")).includes(resource),
      );
  }

  /** Pages of one moment. Source: Kubernetes, "API Concepts", "Retrieving large results sets in chunks". */
  private list({ collection, namespace }: Address, query: URLSearchParams): ApiAnswer {
    const limit = Number(query.get("limit") ?? 0);
    const token = query.get("continue");
    const [version = String(this.version), start = "0"] =
      token === null ? [] : Buffer.from(token, "base64url").toString().split("/");
    const key = `${collection} ${namespace} ${version}`;
    if (token !== null && !this.snapshots.has(key)) {
      return status(410, "Expired", "The provided continue parameter is too old to display a consistent list result.");
    }
    const now = [...this.of(collection)]
      .filter(([at]) => namespace === "" || at.startsWith(`${namespace}/`))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, object]) => object);
    const all = this.snapshots.get(key) ?? now;
    this.snapshots.set(key, all);
    const from = Number(start);
    const to = limit === 0 ? all.length : from + limit;
    const next = to < all.length ? Buffer.from(`${version}/${to}`).toString("base64url") : undefined;
    const metadata = { resourceVersion: version, ...(next && { continue: next, remainingItemCount: all.length - to }) };
    return { status: 200, body: { kind: "List", apiVersion: "v1", metadata, items: all.slice(from, to) } };
  }

  private change(method: string, address: Address, json: Stored): ApiAnswer {
    const { collection, namespace, part } = address;
    const name = address.name === "" ? (textAt(json, "metadata", "name") ?? "") : address.name;
    const all = this.of(collection);
    const key = keyOf(namespace, name);
    const known = all.get(key);
    this.version += 1;
    if (method === "POST") {
      if (known) return status(409, "AlreadyExists", `${address.resource} "${name}" already exists`);
      const given = without(json, "status");
      const scope = namespace === "" ? {} : { namespace };
      const metadata = { ...fieldsOf(json["metadata"]), ...scope, uid: randomUUID(), generation: 1 };
      all.set(key, { ...given, metadata, status: address.resource === "pods" ? { phase: "Pending" } : {} });
      return { status: 201, body: all.get(key) };
    }
    if (known === undefined) return status(404, "NotFound", `${address.resource} "${name}" not found`);
    if (method === "DELETE") all.delete(key);
    if (method === "PATCH") all.set(key, this.patched(known, json, part));
    return { status: 200, body: all.get(key) ?? known };
  }

  /** What is not the part that is named stays; a change of the spec is another generation. */
  private patched(known: Stored, json: Stored, part: string): Stored {
    if (part === "status") return { ...known, status: merged(known["status"], json["status"]) };
    if (part === "ephemeralcontainers") return { ...known, spec: merged(known["spec"], json["spec"]) };
    const rest = without(json, "status");
    const generation = Number(fieldAt(known, "metadata", "generation") ?? 1) + ("spec" in rest ? 1 : 0);
    const whole = fieldsOf(merged(known, rest));
    return { ...whole, metadata: { ...fieldsOf(whole["metadata"]), generation } };
  }
}

const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;

const without = (object: Stored, key: string): Stored =>
  Object.fromEntries(Object.entries(object).filter(([one]) => one !== key));

/** Source: RFC 7396. */
function merged(known: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Stored = { ...fieldsOf(known) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = merged(result[key], value);
  }
  return result;
}
