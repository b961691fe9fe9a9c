import { isLoopback } from "../base/reference";
import type { Digest } from "../base/digest";
import type { Stage } from "./stage";

/** The services whose requests are known: pull requests of GitHub, merge requests of GitLab. */
export const FORGES = ["github", "gitlab"] as const;

/** One of them. */
export type Forge = (typeof FORGES)[number];

/** A repository that Flux deploys from. */
export interface GitOpsRepository {
  /** As git takes it, without a login: see {@link parseGitAddress}. */
  address: string;
  forge: Forge;
  /** The branch that Flux reads. Default: main. */
  branch: string;
  /** The repository's path on its forge, such as `company/deploy`; absent: the address's own path. */
  project?: string | undefined;
  /** The forge's interface, such as https://gitlab.example.com/api/v4; absent: the public one, or the one of the host. */
  api?: string | undefined;
  /** The variable that holds the token for git and for the forge; absent: the forge's usual one. */
  token?: string | undefined;
}

/** Where a stage's part of a release is written. */
export interface GitOpsFiles {
  /** A name of `repositories`. */
  repository: string;
  /** Paths of the files with the HelmRelease or manifests; the first of one stage is the first of the next. */
  files: readonly string[];
}

/** What is deployed as one, at each stage. */
export interface GitOpsRelease {
  /** Repositories of the map; absent: all of them. */
  images?: readonly string[] | undefined;
  stages: Readonly<Record<Stage, GitOpsFiles>>;
}

/** An image that is accepted without evidence of its own, such as a third party's, until a day. */
export interface GitOpsException {
  digest: Digest;
  /** What it is, for people: `docker.io/library/redis:7.4.1`. */
  image: string;
  reason: string;
  /** The last day on which it holds, such as `2027-01-31`. */
  expires: string;
  /** Absent: every stage. */
  stages?: readonly Stage[] | undefined;
}

/** Which repositories deploy what. */
export interface GitOpsConfig {
  repositories: Readonly<Record<string, GitOpsRepository>>;
  releases: Readonly<Record<string, GitOpsRelease>>;
  exceptions: readonly GitOpsException[];
}

/** Where a git repository is. */
export interface GitAddress {
  protocol: "https" | "http" | "ssh" | "file";
  /** With its port, in lower case; empty for a folder of this machine. */
  host: string;
  /** Without a slash in front and `.git` behind, such as `company/deploy`. */
  path: string;
}

const PATH = "/?[A-Za-z0-9_.~][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_.~][A-Za-z0-9._~-]*)*";
const HOST = "[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\\d{1,5})?|\\[[0-9a-fA-F:]+\\](?::\\d{1,5})?";
const URL_FORM = new RegExp(`^(https|http|ssh)://(?:([a-z_][a-z0-9_-]*)@)?(${HOST})/(${PATH.slice(2)})/?$`);
/** Source: git-clone(1), "GIT URLS": the alternative scp-like syntax. */
const SCP_FORM = new RegExp(`^[a-z_][a-z0-9_-]*@(${HOST.split("(?::")[0] ?? ""}):(${PATH})/?$`);
const FILE_FORM = new RegExp(`^file://(/${PATH.slice(2)})/?$`);

/** What a repository's address may be, in words. */
export const GIT_ADDRESS_FORM =
  "an address of git over https or ssh without password, such as https://github.com/company/deploy or git@gitlab.example.com:company/deploy.git";

/**
 * Reads an address that git may be given: over https or ssh, of this machine's folders or of loopback. Everything else,
 * such as a helper that runs a command (`ext::`), an option or a login in the address, is undefined.
 */
export function parseGitAddress(text: string): GitAddress | undefined {
  const clean = (path: string) => path.replace(/^\//, "").replace(/\.git$/, "");
  // A part that begins with a dot may lead out of where it stands.
  if (text.length > 1_000 || /(?:^|\/)\.\.?(?:\/|$)/.test(text)) return undefined;
  const [, folder] = FILE_FORM.exec(text) ?? [];
  if (folder !== undefined) return { protocol: "file", host: "", path: clean(folder) };
  const [, protocol, user, host, path] = URL_FORM.exec(text) ?? [];
  if (host !== undefined && path !== undefined) {
    if (protocol === "ssh") return { protocol, host: host.toLowerCase(), path: clean(path) };
    if (user !== undefined || (protocol === "http" && !isLoopback(host))) return undefined;
    return { protocol: protocol === "http" ? "http" : "https", host: host.toLowerCase(), path: clean(path) };
  }
  const [, server, below] = SCP_FORM.exec(text) ?? [];
  if (server === undefined || below === undefined) return undefined;
  return { protocol: "ssh", host: server.toLowerCase(), path: clean(below) };
}
