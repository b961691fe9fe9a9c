import { textAt } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { type GitAddress, parseGitAddress } from "../../domain/gitops";
import type { ObjectIndex, ObjectName, RepositoryObject } from "./objects";

/** What `flux bootstrap` calls the repository that it stands in. Source: Flux documentation, "Flux bootstrap". */
const BOOTSTRAPPED = "flux-system";

/** Tells git repositories that Flux reads from the one that is checked: what another one holds is not in this checkout. */
export class GitSources {
  /** @param own where the checkout's repository is; undefined where nobody can tell */
  constructor(
    private readonly index: ObjectIndex,
    private readonly own: GitAddress | undefined,
  ) {}

  /**
   * Why a GitRepository is not this one, in words; undefined for this one. One whose object stands nowhere here is taken for
   * it where it has the name that Flux gives it.
   */
  whyNot(source: Omit<ObjectName, "kind">, from: string): string | undefined {
    const what = `GitRepository ${source.name}`;
    const object = this.index.find({ ...source, kind: "GitRepository" }, from);
    if (typeof object === "string") {
      if (source.name === BOOTSTRAPPED && object.endsWith("is not in this repository")) return undefined;
      return `${object}, so nobody can tell which repository it is of`;
    }
    const url = textAt(object.value, "spec", "url") ?? "";
    const address = parseGitAddress(url);
    if (address === undefined) return `${what} has an address that is not read: ${quoted(url)}`;
    if (this.own === undefined) {
      return `${what} is of ${quoted(url)}, and which repository this checkout is of is not known; give it with --address`;
    }
    return isSame(address, this.own) ? undefined : `${what} is of ${quoted(url)}, another repository than this one`;
  }

  /** Why manifests that a Kustomization of Flux deploys stand in another place than this checkout, in words. */
  whyNotManifests({ value, file, namespace }: RepositoryObject): string | undefined {
    const kind = textAt(value, "spec", "sourceRef", "kind");
    const name = textAt(value, "spec", "sourceRef", "name");
    if (kind === undefined || name === undefined) return undefined;
    const of = textAt(value, "spec", "sourceRef", "namespace") ?? namespace;
    const why =
      kind === "GitRepository"
        ? this.whyNot({ name, namespace: of }, file)
        : `they are those of ${kind} ${quoted(name)}`;
    return why === undefined ? undefined : `its manifests are not looked into: ${why}`;
  }
}

/** One repository has an address over https and one over ssh, whose port says nothing of the other's. */
function isSame(one: GitAddress, other: GitAddress): boolean {
  const host = (address: GitAddress) =>
    one.protocol === other.protocol ? address.host : address.host.replace(/:\d+$/, "");
  return host(one) === host(other) && one.path.toLowerCase() === other.path.toLowerCase();
}
