import type { Mutation } from "./mutation";

const CLUSTER = "src/domain/console/clusterConsole.ts";
const PLAN = "src/domain/console/planConsole.ts";
const APP = "src/domain/console/appConsole.ts";
const CONFIG = "src/config/console.ts";

/** A console's deployment: what lets another image in, gives it more than it needs, or opens what is closed. */
export const CONSOLE_MUTATIONS: readonly Mutation[] = [
  {
    what: "console: a tag alone is taken",
    file: CONFIG,
    from: "if (digest === undefined) return",
    to: 'if (digest === undefined && named === "") return',
  },
  {
    what: "console: an image comes from any host",
    file: CONFIG,
    from: "if (host === own ||",
    to: 'if (host !== "" || host === own ||',
  },
  {
    what: "console: a portable image is run",
    file: CONFIG,
    from: 'mapped.binding === "stage-bound"',
    to: 'mapped.binding !== "portable" || mapped.binding === "portable"',
  },
  {
    what: "console: the registry of the other class is taken",
    file: CONFIG,
    from: "acrName({ product, stage }, imageClass, registry)",
    to: 'acrName({ product, stage }, imageClass === "secure" ? "standard" : "secure", registry)',
  },
  {
    what: "console: it runs by its name alone",
    file: PLAN,
    from: "}@${digest}`",
    to: '}${digest === undefined ? "" : ":latest"}`',
  },
  {
    what: "console: it may read the whole vault, asked or not",
    file: PLAN,
    from: "...(console.machineTokens ? [{ role",
    to: "...(console.replicas > 0 ? [{ role",
  },
  { what: "console: pods may be root", file: CLUSTER, from: "runAsNonRoot: true", to: "runAsNonRoot: false" },
  {
    what: "console: a pod may write to its own files",
    file: CLUSTER,
    from: "readOnlyRootFilesystem: true",
    to: "readOnlyRootFilesystem: false",
  },
  {
    what: "console: variables of services reach it",
    file: CLUSTER,
    from: "enableServiceLinks: false",
    to: "enableServiceLinks: true",
  },
  {
    what: "console: a pod has a token of the cluster's API",
    file: CLUSTER,
    from: "          automountServiceAccountToken: false,",
    to: "          automountServiceAccountToken: true,",
  },
  {
    what: "console: it may connect to anything",
    file: CLUSTER,
    from: 'policyTypes: ["Ingress", "Egress"]',
    to: 'policyTypes: ["Ingress"]',
  },
  { what: "AppConsole: visitors come without TLS", file: APP, from: "allowInsecure: false", to: "allowInsecure: true" },
  {
    what: "AppConsole: the platform puts another image in place",
    file: APP,
    from: 'patchingMode: "Disabled"',
    to: 'patchingMode: "Automatic"',
  },
  {
    what: "AppConsole: its program may log in as the identity that pulls",
    file: APP,
    from: 'machineTokens ? "Main" : "None"',
    to: 'machineTokens ? "Main" : "All"',
  },
];
