import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWith, findTool } from "../registries";
import { freePort } from "../registries/freePort";
import { type GuardedChild, startGuarded } from "../registries/guardedChild";
import { writeKubeconfig } from "./kubeconfig";

/** Commands that a cluster's API is made of. */
const KUBERNETES_TOOLS = ["kubectl", "etcd", "kube-apiserver"] as const;

/**
 * A suite that needs a real API server, which takes a long time to build. Where it is missing its tests are pending under a
 * title that says why, in CI too; `npm run test:cluster` sets DUALREG_CLUSTER, and then they fail.
 */
export function describeCluster(title: string, body: (this: Mocha.Suite) => void): void {
  const isWanted = (process.env["DUALREG_CLUSTER"] ?? "") !== "";
  if (isWanted || KUBERNETES_TOOLS.every((tool) => findTool(tool) !== undefined)) {
    describeWith(KUBERNETES_TOOLS, title, body);
  } else {
    describe.skip(`${title} (skipped: no kube-apiserver; "node tools/setup.mjs --cluster" builds it)`, body);
  }
}

/** What the API answers. */
export interface ApiAnswer {
  status: number;
  body: unknown;
}

/** A real API server with its store: no node, no scheduler, no controller. Pods are what a test says they are. */
export interface Kubernetes {
  /** Has the contexts `admin`, and `nobody`, whose login may do nothing. */
  kubeconfig: string;
  /** Asks the API as the administrator. */
  api: (method: string, path: string, body?: unknown) => Promise<ApiAnswer>;
  /** Throws the store's history away, so that the tokens of lists that are being read end. */
  compact: () => Promise<void>;
  stop: () => Promise<void>;
}

const STARTS_WITHIN_MS = 120_000;

/**
 * Starts etcd and kube-apiserver on free ports of 127.0.0.1. Sources of the flags: Kubernetes, "kube-apiserver"; etcd,
 * "Configuration options".
 *
 * @throws Error with the end of the log of what did not start
 */
export async function startKubernetes(): Promise<Kubernetes> {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-kubernetes-"));
  const children: GuardedChild[] = [];
  const start = (command: string, args: readonly string[]): GuardedChild => {
    const child = startGuarded(findTool(command) ?? command, args, dir, join(dir, `${command}.log`));
    children.push(child);
    return child;
  };
  const stop = async (): Promise<void> => {
    for (const child of [...children].reverse()) await child.stop();
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
    const etcd = `http://127.0.0.1:${client}`;
    start("etcd", [
      ...[`--data-dir=${join(dir, "etcd")}`, `--listen-client-urls=${etcd}`, `--advertise-client-urls=${etcd}`],
      ...[`--listen-peer-urls=http://127.0.0.1:${peer}`, `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`],
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
    ]);
    const tokens = { admin: randomBytes(24).toString("hex"), nobody: randomBytes(24).toString("hex") };
    const server = start("kube-apiserver", serverFlags(dir, { etcd, port, tokens }));
    const address = `https://127.0.0.1:${port}`;
    const certificate = join(dir, "certs/apiserver.crt");
    const api = asker(address, certificate, tokens.admin);
    await answering(api, server);
    const kubeconfig = writeKubeconfig(dir, address, tokens, { certificate: readFileSync(certificate) });
    return { kubeconfig, api, compact: () => compact(etcd), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function serverFlags(
  dir: string,
  { etcd, port, tokens }: { etcd: string; port: number; tokens: { admin: string; nobody: string } },
): string[] {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = join(dir, "accounts.key");
  const logins = join(dir, "tokens.csv");
  mkdirSync(join(dir, "certs"));
  writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  writeFileSync(logins, `${tokens.admin},admin,1,"system:masters"\n${tokens.nobody},nobody,2\n`, { mode: 0o600 });
  return [
    ...[
      `--etcd-servers=${etcd}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${port}`,
      `--cert-dir=${join(dir, "certs")}`,
    ],
    ...[`--service-account-key-file=${key}`, `--service-account-signing-key-file=${key}`],
    ...["--service-account-issuer=https://kubernetes.default.svc", `--token-auth-file=${logins}`],
    ...["--authorization-mode=RBAC", "--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none"],
    // The controller that makes a namespace's account does not run here.
    ...["--disable-admission-plugins=ServiceAccount", "--profiling=false"],
  ];
}

/** Asks over TLS, trusting the certificate that the server made for itself. */
function asker(address: string, certificate: string, token: string): Kubernetes["api"] {
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
      };
      const ca = readFileSync(certificate);
      const asked = request(`${address}${path}`, { method, headers, ca, agent: false }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          const json = (response.headers["content-type"] ?? "").includes("json");
          resolve({ status: response.statusCode ?? 0, body: json ? (JSON.parse(text) as unknown) : text });
        });
      });
      asked.on("error", reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

async function answering(api: Kubernetes["api"], server: GuardedChild): Promise<void> {
  const end = Date.now() + STARTS_WITHIN_MS;
  while (!server.ended() && Date.now() < end) {
    const answer = await api("GET", "/readyz").catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(100);
  }
  throw new Error(`kube-apiserver did not start:\n${server.log().slice(-3000)}`);
}

/** Source: etcd API reference, KV.Compact, by its JSON gateway. */
async function compact(etcd: string): Promise<void> {
  const post = async (path: string, body: unknown): Promise<unknown> =>
    (await fetch(`${etcd}/v3/kv/${path}`, { method: "POST", body: JSON.stringify(body) })).json();
  const { header } = (await post("range", { key: Buffer.from("/").toString("base64") })) as {
    header: { revision: string };
  };
  await post("compaction", { revision: header.revision, physical: true });
}
