import { runBounded } from "../base/boundedProcess";
import { DualRegistryError } from "../base/errors";
import { parseJson, textAt } from "../base/json";
import { retry } from "../base/retry";
import { quoted } from "../base/text/quote";

/** Which cluster is read, and with whose login. */
export interface ClusterAccess {
  /** A context of the kubeconfig. Default: its current one. */
  context?: string;
  /** A kubeconfig file. Default: kubectl's own, by KUBECONFIG or in the home folder. */
  kubeconfig?: string;
}

/**
 * Reads one path of a cluster's API, such as `/api/v1/pods?limit=500`.
 *
 * @throws DualRegistryError CLUSTER_AUTH, CLUSTER_UNAVAILABLE, also where that path is not served; {@link NoSuchObjectError}
 */
export type ReadPath = (path: string) => Promise<Buffer>;

/** A cluster, opened for reading. */
export interface Cluster {
  /** The context's name. */
  name: string;
  read: ReadPath;
}

/** The token of a list that is read page by page has ended: the API answers 410. */
export class ExpiredListError extends DualRegistryError {
  constructor(where: string) {
    super("CLUSTER_UNAVAILABLE", `${where}: the list changed faster than it could be read; try again`);
  }
}

/** The API serves the kind, and has no object of that name. */
export class NoSuchObjectError extends DualRegistryError {
  constructor(where: string, said: string) {
    super("CLUSTER_UNAVAILABLE", `${where}: ${said}; see which there are: kubectl api-resources`);
  }
}

/** Bytes of the largest answer: 500 pods are about 10 MB, and an answer without pages may be larger. */
const MOST_BYTES = 256 * 1024 * 1024;

/** How kubectl is run. Times are milliseconds. */
export interface KubectlOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Until one answer is given up. @default 60,000 */
  timeout?: number;
  /** Between two tries. @default 1,000, doubled each time */
  pause?: number;
}

/** Tries at an answer that does not come. */
const TRIES = 3;

/**
 * Opens a cluster by the kubectl that PATH finds: its kubeconfig, its login and its plugins for logins are the operator's own.
 * Only `get --raw` is asked, which reads a path and nothing else.
 *
 * @throws DualRegistryError CONFIG_INVALID for a context or file that is not there, or without kubectl
 */
export async function openCluster(access: ClusterAccess, options: KubectlOptions): Promise<Cluster> {
  const shown = access.context ?? access.kubeconfig ?? "the current context";
  const flags = [
    ...(access.kubeconfig === undefined ? [] : [`--kubeconfig=${access.kubeconfig}`]),
    ...(access.context === undefined ? [] : [`--context=${access.context}`]),
  ];
  const view = await run(["config", "view", "--minify", "--output=json"], flags, `Cluster ${quoted(shown)}`, options);
  const config = parseJson(view, `Cluster ${quoted(shown)}: kubectl config view`);
  const name = textAt(config, "current-context") ?? shown;
  const where = `Cluster ${quoted(name)}`;
  const prefix = pathOf(textAt(serverOf(config), "server"));
  const read: ReadPath = (path) =>
    retry(() => readOnce(path), {
      attempts: TRIES,
      retryable: (error) =>
        error instanceof DualRegistryError &&
        error.code === "CLUSTER_UNAVAILABLE" &&
        !(error instanceof ExpiredListError || error instanceof NoSuchObjectError),
      pause: (failures) => (options.pause ?? 1000) * 2 ** (failures - 1),
    });
  const readOnce = (path: string): Promise<Buffer> => {
    const args = ["get", `--raw=${prefix}${path}`, `--request-timeout=${Math.ceil(timeoutOf(options) / 1000)}s`];
    return run(args, flags, where, options);
  };
  return { name, read };
}

const timeoutOf = ({ timeout = 60_000 }: KubectlOptions): number => timeout;

/** The cluster of a kubeconfig that `--minify` left one of. */
const serverOf = (config: unknown): unknown => {
  const clusters = typeof config === "object" && config !== null && "clusters" in config ? config.clusters : [];
  const [first] = Array.isArray(clusters) ? (clusters as unknown[]) : [];
  return typeof first === "object" && first !== null && "cluster" in first ? first.cluster : undefined;
};

/** The path of a server's address, which `--raw` leaves out: proxies serve several clusters below one. */
function pathOf(server: string | undefined): string {
  if (server === undefined || !URL.canParse(server)) return "";
  return new URL(server).pathname.replace(/\/+$/, "");
}

/**
 * Runs kubectl. What it says of a failure begins with the API's reason, in parentheses. Source: kubectl,
 * pkg/cmd/util/helpers.go, `StandardErrorMessage`; apimachinery, `metav1.StatusReason`.
 */
async function run(
  args: readonly string[],
  flags: readonly string[],
  where: string,
  options: KubectlOptions,
): Promise<Buffer> {
  const command = "kubectl";
  let errors = "";
  const ended = await runBounded(
    {
      ...{ command, args: [...args, ...flags], timeout: timeoutOf(options), mostBytes: MOST_BYTES },
      // Messages are told apart by their words, which kubectl translates.
      env: { ...options.env, LANG: "C", LC_ALL: "C", LANGUAGE: "en" },
    },
    (text) => (errors = text),
  );
  const fail = (code: "CONFIG_INVALID" | "CLUSTER_AUTH" | "CLUSTER_UNAVAILABLE", why: string, todo: string) =>
    new DualRegistryError(code, `${where}: ${why}; ${todo}`);
  if ("missing" in ended) {
    throw fail("CONFIG_INVALID", "kubectl cannot be started", "install it where PATH finds it");
  }
  if ("stopped" in ended) throw fail("CLUSTER_UNAVAILABLE", `kubectl was ended: ${ended.stopped}`, "try again");
  if (ended.code === 0) return ended.output;
  const last = lastLine(errors);
  const said = `kubectl says ${quoted(last, 500)}`;
  const [, reason = ""] = /^Error from server \((\w+)\)/.exec(last) ?? [];
  if (reason === "Expired" || reason === "Gone") throw new ExpiredListError(where);
  // Every cluster serves the kinds that are read: an address that does not is another server's, or of a path above the API's.
  if (/could not find the requested resource/.test(last)) {
    throw fail(
      "CLUSTER_UNAVAILABLE",
      said,
      "see that the kubeconfig names the address of a cluster's API, v1.21 or later",
    );
  }
  if (reason === "NotFound") throw new NoSuchObjectError(where, said);
  if (reason === "Forbidden") throw fail("CLUSTER_AUTH", said, `let this login ${RIGHTS}`);
  if (/\(Unauthorized\)|You must be logged in|getting credentials|executable .* (?:not found|failed)/.test(last)) {
    throw fail("CLUSTER_AUTH", said, "log in to the cluster again, as its provider's command line does");
  }
  if (NO_CONTEXT.test(last)) {
    throw fail("CONFIG_INVALID", said, "name a context of the kubeconfig: kubectl config get-contexts --output=name");
  }
  throw fail("CLUSTER_UNAVAILABLE", said, "see that the cluster answers: kubectl get --raw /readyz");
}

/** What kubectl says of a context or file that is not there. */
const NO_CONTEXT =
  /context .* does not exist|locate context|current-context must exist|invalid configuration|loading config|no such file/i;

/** What reading everything needs. */
const RIGHTS =
  "get and list pods, replicationcontrollers, and the workloads of the groups apps and batch, in the whole cluster, or in " +
  "each --namespace that is named and get those namespaces";

/** kubectl warns in lines of its own before it says what failed. */
const lastLine = (errors: string): string =>
  errors
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(?:[WIE]\d{4} |Warning:)/.test(line))
    .at(-1) ?? "nothing";
