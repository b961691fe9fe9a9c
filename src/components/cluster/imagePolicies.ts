import { isDeepStrictEqual } from "node:util";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { all, ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import type { ClusterObject } from "../../domain/cluster/clusterObject";
import { type ClusterInput, clusterRegistries, imagePolicyObjects } from "../../domain/cluster/imagePolicies";
import type { ImageClass } from "../../domain/image/imageClass";
import { dependenciesOf, PACKAGE } from "../options";

/** What a stage's clusters are told of images. */
interface ImagePoliciesArgs {
  /** The stage's plan. */
  plan: Omit<ClusterInput, "registries" | "today"> & Parameters<typeof clusterRegistries>[0];
  /** The hosts of its registries. */
  hosts: Readonly<Record<ImageClass, Input<string>>>;
  /** `2027-01-31`: exceptions that ended before it are left out. */
  today: string;
}

/**
 * Keeps a stage's clusters to what was promoted: a ValidatingAdmissionPolicy for hosts and digests, Kyverno's policies for
 * signatures, and Flux's objects that scan, choose and, in the first stage, deploy. The objects are those that
 * `dualreg admission` prints.
 *
 * @example
 * new ImagePolicies("orders-policies", { plan, hosts: { secure: "ghcr.io", standard: "ghcr.io" }, today: "2026-11-30" });
 */
export class ImagePolicies extends ComponentResource {
  constructor(name: string, { plan, hosts, today }: ImagePoliciesArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:ImagePolicies`, name, undefined, options);
    const objectsAt = (known: Readonly<Record<ImageClass, string>>) =>
      imagePolicyObjects({ ...plan, today, registries: clusterRegistries(plan, known) });
    // Which objects there are does not depend on hosts, and of most of them nothing else does either.
    const [one, other] = ["one.invalid", "other.invalid"].map((host) => objectsAt({ secure: host, standard: host }));
    const made = all([hosts.secure, hosts.standard]).apply(([secure, standard]) => objectsAt({ secure, standard }));
    const inside = { parent: this, ...dependenciesOf(options) };
    one?.forEach((object, at) => {
      const { apiVersion, kind, metadata, spec, stringData } = object;
      const child = `${name}-${roleOf(object)}`;
      if (stringData) new Secret(child, { metadata, stringData }, inside);
      if (!spec) return;
      const isKnown = isDeepStrictEqual(spec, other?.[at]?.spec);
      const known = isKnown ? spec : made.apply((objects) => objects[at]?.spec ?? {});
      new CustomResource(child, { apiVersion, kind, metadata, spec: known }, inside);
    });
    this.registerOutputs({});
  }
}

/** `imagepolicy-flux-system-orders-api-dev`. */
const roleOf = ({ kind, metadata: { namespace, name } }: ClusterObject): string =>
  [kind.toLowerCase(), ...(namespace === undefined ? [] : [namespace]), name].join("-");
