import { createHash } from "node:crypto";
import { z } from "zod";
import { decode } from "../../base/decode/decode";
import type { RepositoryObject } from "./objects";

const text = z.string().min(1).max(2_000);
const named = { name: text, namespace: text.exactOptional() };

/** Source: helm.toolkit.fluxcd.io/v2, ValuesReference. */
const valuesReference = z.object({
  kind: z.enum(["ConfigMap", "Secret"]),
  name: text,
  valuesKey: text.default("values.yaml"),
  targetPath: text.exactOptional(),
  literal: z.boolean().default(false),
});

/** Where a chart's values come from, before those of the release itself. */
export type ValuesReference = z.infer<typeof valuesReference>;

/** Source: source.toolkit.fluxcd.io/v1, OCIRepositoryRef. */
const ociReference = z.object({
  tag: text.exactOptional(),
  semver: text.exactOptional(),
  digest: text.exactOptional(),
});

/** Source: source.toolkit.fluxcd.io/v1, HelmChartSpec, which helm.toolkit.fluxcd.io/v2, HelmChartTemplateSpec, repeats. */
const chartSpec = z.object({
  chart: text.exactOptional(),
  /** A number where quotes are missing: 1.0 is not the version 1.0. */
  version: z.string().max(200).default("*"),
  sourceRef: z.object({ kind: text, ...named }).exactOptional(),
  valuesFiles: z.array(text).max(100).default([]),
  /** The chart straight from a registry, where chart.kind is OCIRepository. */
  url: text.exactOptional(),
  ref: ociReference.exactOptional(),
});

/** What says which chart it is. */
export type ChartSpec = z.infer<typeof chartSpec>;

/** An OCIRepository, as far as a chart is loaded by it. */
export const ociRepository = z.object({ spec: z.object({ url: text, ref: ociReference.default({}) }) });

/** A HelmRepository. */
export const helmRepository = z.object({
  spec: z.object({ url: text, type: z.enum(["default", "oci"]).default("default") }),
});

/** A HelmChart that a release refers to. */
export const helmChart = z.object({ metadata: z.object(named), spec: chartSpec });

const image = z.object({
  name: text,
  newName: text.exactOptional(),
  newTag: text.exactOptional(),
  digest: text.exactOptional(),
});

/** An entry of Kustomize's `images`. */
export type ImageReplacement = z.infer<typeof image>;

/** Source: helm.toolkit.fluxcd.io/v2, HelmReleaseSpec. */
const schema = z.object({
  metadata: z.object(named),
  spec: z.object({
    chart: z.object({ spec: chartSpec }).exactOptional(),
    chartRef: z.object({ kind: text, ...named }).exactOptional(),
    releaseName: text.exactOptional(),
    targetNamespace: text.exactOptional(),
    values: z.record(z.string(), z.unknown()).nullish(),
    valuesFrom: z.array(valuesReference).max(100).nullish(),
    postRenderers: z
      .array(z.object({ kustomize: z.object({ images: z.array(image).max(1_000).nullish() }).nullish() }))
      .max(100)
      .nullish(),
  }),
});

/** A HelmRelease that was decoded, and where it stands. */
export interface Release extends z.infer<typeof schema> {
  file: string;
  document: number;
}

/** @returns why it cannot be read, in words: the field and what is wrong with it */
export function readRelease({ file, document, value }: RepositoryObject): Release | string {
  const read = decode(schema, value);
  if (read.success) return { file, document, ...read.data };
  const [issue] = read.error.issues;
  return `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unreadable"}`;
}

/** Helm takes names of 53 characters; the controller shortens longer ones by a hash. Source: helm-controller, internal/release/name.go. */
const MAX_NAME = 53;
const HASH = 12;

/** The name and the namespace that Flux gives a release. */
export function releaseName({ metadata, spec }: Pick<Release, "metadata" | "spec">): {
  name: string;
  namespace: string;
} {
  const namespace = spec.targetNamespace ?? metadata.namespace ?? "default";
  const prefix = spec.targetNamespace === undefined ? "" : `${spec.targetNamespace}-`;
  const name = spec.releaseName ?? `${prefix}${metadata.name}`;
  if (name.length <= MAX_NAME) return { name, namespace };
  const hash = createHash("sha256").update(name).digest("hex").slice(0, HASH);
  return { name: `${name.slice(0, MAX_NAME - HASH - 1)}-${hash}`, namespace };
}
