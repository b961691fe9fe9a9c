import { z } from "zod";
import { closed, orForm, text, whole } from "../base/decode/decode";
import { isDigest } from "../base/digest";
import { isRepository, isTag } from "../base/reference";
import {
  type ConsoleConfig,
  type ConsoleImage,
  ENVIRONMENT_ARM_KIND,
  MOST_REPLICAS,
} from "../domain/console/planConsole";
import { armId, clusterIssuer, kubernetesLabel as label, kubernetesName as objectName } from "./forms";

const host = text(
  /^(?=.{4,200}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
  "a host in lower case, such as console.company.com",
);
/** In Container Apps also a secret's name, with a dot for the slash; each part ends as such a name has to. */
const file = text(
  /^(?=.{1,100}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\/[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)?$/,
  "a file's name of lower-case letters, digits and hyphens, no hyphen first or last, such as client-secret or session-keys/2027-01-31",
);
const secretName = text(/^[0-9A-Za-z-]{1,127}$/, "the name of a secret in the stage's vault");

/** What an image looks like, for messages. */
export const IMAGE_FORM = "orders/console@sha256:<64 hexadecimal digits>";

/** Reads `[host/]path[:tag]@digest`; what stands in front is a host where it has a dot, a port, or is localhost. */
function readImage(value: string): ConsoleImage | string {
  const [named = "", digest, ...more] = value.split("@");
  if (digest === undefined)
    return `${IMAGE_FORM}: a tag can move to another image; dualreg image verify prints the digest`;
  if (more.length > 0 || !isDigest(digest)) return `${IMAGE_FORM}, a whole digest`;
  const [first = "", ...rest] = named.split("/");
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const [path = "", tag, ...others] = (hasHost ? rest.join("/") : named).split(":");
  if (others.length > 0 || !isRepository(path) || (tag !== undefined && !isTag(tag))) return IMAGE_FORM;
  return { ...(hasHost ? { host: first.toLowerCase() } : {}), path, digest };
}

const image = z.string(`allowed: ${IMAGE_FORM}`).transform((value, context): ConsoleImage => {
  const read = readImage(value);
  if (typeof read !== "string") return read;
  context.addIssue({ code: "custom", message: `allowed: ${read}` });
  return z.NEVER;
});

const common = {
  image,
  replicas: whole(
    1,
    MOST_REPLICAS,
    "each reads the registries for an index of its own, and three would exceed Azure Container Registry's limit of requests",
  ).default(2),
  resources: closed(
    { cpu: z.number().min(0.05).max(16).default(0.5), memoryMiB: whole(128, 65_536).default(1024) },
    "{ cpu: 0.5, memoryMiB: 1024 }",
  ).default({ cpu: 0.5, memoryMiB: 1024 }),
  machineTokens: z.boolean().default(false),
  files: z.record(file, secretName, orForm("{ client-secret: orders-console-client }")).default({}),
};

const ROUTE = "{ by: ingress, class: nginx, tls: console-tls } or { by: gateway, name: public, namespace: gateways }";
const PULL = "{ how: node-identity }, { how: workload-identity } or { how: stored-secret, secret: ghcr-secret }";
const LOGINS = "{ from: vault } or { from: secret, name: console-logins }";

const inCluster = closed({
  kind: z.literal("kubernetes"),
  ...common,
  namespace: label,
  createNamespace: z.boolean().default(false),
  host,
  route: z.discriminatedUnion(
    "by",
    [
      closed({ by: z.literal("ingress"), class: objectName, tls: objectName }),
      closed({ by: z.literal("gateway"), name: objectName, namespace: label, listener: label.optional() }),
    ],
    orForm(ROUTE, "allowed: ingress, gateway"),
  ),
  from: z.array(label, orForm("a list of namespaces, such as [ingress-nginx]")).min(1).max(20),
  pull: z
    .discriminatedUnion(
      "how",
      [
        closed({ how: z.literal("node-identity") }),
        closed({ how: z.literal("workload-identity") }),
        closed({ how: z.literal("stored-secret"), secret: objectName }),
      ],
      orForm(PULL, "allowed: node-identity, workload-identity, stored-secret"),
    )
    .default({ how: "node-identity" }),
  logins: z
    .discriminatedUnion(
      "from",
      [closed({ from: z.literal("vault") }), closed({ from: z.literal("secret"), name: objectName })],
      orForm(LOGINS, "allowed: vault, secret"),
    )
    .default({ from: "vault" }),
  dataClaim: objectName.optional(),
  issuer: clusterIssuer.optional(),
});

const inContainerApps = closed({
  kind: z.literal("container-apps"),
  ...common,
  environment: armId(ENVIRONMENT_ARM_KIND),
  host: host.optional(),
  certificate: text(
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.App\/managedEnvironments\/[^/]+\/(?:managedC|c)ertificates\/[^/]+$/i,
    "the ARM id of a certificate in the environment",
  ).optional(),
});

/** Where the stage's console runs, and which image of it. */
export const console = z.discriminatedUnion(
  "kind",
  [inCluster, inContainerApps],
  orForm(
    `{ kind: kubernetes, image: ${IMAGE_FORM}, namespace: console, host: console.company.com, ... }`,
    "allowed: kubernetes, container-apps",
  ),
) satisfies z.ZodType<ConsoleConfig>;
