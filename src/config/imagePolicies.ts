import { z } from "zod";
import { closed, orForm, text } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import { POLICY_ACTIONS } from "../domain/cluster/admissionPolicy";
import { readFluxRange, takesPrereleases } from "../domain/cluster/fluxSemver";
import type { ImagePoliciesConfig } from "../domain/cluster/imagePolicies";
import type { MappedImage } from "../domain/image/imageClass";
import { lastStage, type Stage, type Stages } from "../domain/stage";
import { stageFileName } from "../project";
import { kubernetesLabel as label } from "./forms";

const CHART = "{ name: shop, chart: charts/shop, namespace: shop }";
/** The longest name of a Helm release. Source: helm, pkg/chart/v2/util, ValidateReleaseName. */
const release = text(/^(?=.{1,53}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, "the name of a release, 1 to 53 characters");

const RANGE = 'a range of versions as Flux takes it, such as ">=1.2.0 <2.0.0"';

const flux = closed(
  {
    namespace: label.default("flux-system"),
    range: text(/^[0-9A-Za-z.*^~<>=!|, -]{1,200}$/, RANGE)
      .refine((range) => readFluxRange(range) !== undefined, `allowed: ${RANGE}`)
      .optional(),
    charts: z
      .array(
        closed({ name: release, chart: z.string("allowed: a repository of images"), namespace: label }, CHART),
        orForm(`a list, such as [${CHART}]`),
      )
      .max(100)
      .default([]),
  },
  "{ namespace: flux-system }",
);

/** What a stage's clusters are told of images: whose pods are held to them, and who is there to look. */
export const imagePolicies = closed(
  {
    namespaces: z.array(label, orForm("a list, such as [shop]")).min(1).max(1000),
    action: z.enum(POLICY_ACTIONS).default("deny"),
    kyverno: z.boolean().default(false),
    flux: flux.optional(),
  },
  "{ namespaces: [shop], kyverno: true, flux: {} }",
) satisfies z.ZodType<ImagePoliciesConfig>;

/** What a schema alone cannot see: charts are images of the product, and the last stage takes releases alone. */
export function checkImagePolicies(
  stage: Stage,
  stages: Stages,
  policies: ImagePoliciesConfig | undefined,
  images: readonly Pick<MappedImage, "repository">[] | undefined,
): Problem[] {
  const { range, charts = [] } = policies?.flux ?? {};
  const at = (path: string) => ({ file: stageFileName(stage), path: `imagePolicies.${path}` });
  const taken = new Set<string>();
  const problems = charts.flatMap(({ name, chart, namespace }, index): Problem[] => {
    const key = `${namespace}/${name}`;
    const twice = taken.has(key);
    taken.add(key);
    const unknown = images !== undefined && !images.some(({ repository }) => repository === chart);
    return [
      ...(twice
        ? [
            {
              ...at(`flux.charts[${index}].name`),
              ...{ what: `${quotedValue(key)} is listed twice`, allowed: "allowed: each release once" },
            },
          ]
        : []),
      ...(unknown
        ? [
            {
              ...at(`flux.charts[${index}].chart`),
              what: `${quotedValue(chart)} is not mapped to a class`,
              allowed: "add it to images, or leave it out",
              from: { paths: ["images"], name: chart },
            },
          ]
        : []),
    ];
  });
  const versions = range === undefined ? undefined : readFluxRange(range);
  if (versions === undefined || stage !== lastStage(stages) || !takesPrereleases(versions)) return problems;
  const what = `${quotedValue(versions.text)} admits what comes before a release`;
  return [...problems, { ...at("flux.range"), what, allowed: 'allowed: releases alone, such as ">=1.2.0 <2.0.0"' }];
}
