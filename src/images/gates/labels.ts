import { quoted } from "../../base/text/quote";
import { utcTime } from "../../base/time";
import type { MappedImage } from "../../domain/image/imageClass";
import {
  type ImageLabels,
  LABEL_BINDING,
  LABEL_CLASS,
  LABEL_CREATED,
  LABEL_REGISTRY_HOST,
  LABEL_REVISION,
  LABEL_SOURCE,
  LABEL_VERSION,
} from "../../oci";
import type { BuildMetadata } from "../recordSchemas";

/** What an image's labels are held against. */
export interface LabelFacts {
  image: Pick<MappedImage, "class" | "binding">;
  build: BuildMetadata;
  /** The target registry's login server and vanity host: one of them may be baked into a stage-bound image. */
  hosts: readonly string[];
}

type Labels = ImageLabels["labels"];

const sameAddress = (one: string, other: string): boolean => trimmed(one) === trimmed(other);
const trimmed = (address: string): string => address.replace(/\/$/, "").replace(/\.git$/, "");

/** The four labels that say where an image comes from are there, and say what the build metadata says. */
function originProblems(labels: Labels, build: BuildMetadata): string[] {
  const wanted = [
    [LABEL_SOURCE, build.source, sameAddress],
    [LABEL_REVISION, build.commit, Object.is],
    [LABEL_VERSION, build.version, Object.is],
  ] as const;
  const problems = wanted.flatMap(([name, value, same]): string[] => {
    const found = labels[name];
    if (found === undefined) return [`label ${name} is missing; build with --label ${name}=${value}`];
    if (same(found, value)) return [];
    return [
      `label ${name} is ${quoted(found)}, and the build metadata says ${quoted(value)}; allowed: one and the same`,
    ];
  });
  const created = labels[LABEL_CREATED];
  if (created === undefined)
    problems.push(`label ${LABEL_CREATED} is missing; build with --label ${LABEL_CREATED}=<time>`);
  else if (utcTime(created) === undefined) {
    problems.push(`label ${LABEL_CREATED} is ${quoted(created)}; allowed: a time, such as 2026-11-21T08:00:00Z`);
  }
  return problems;
}

/** Whether the image is bound to a stage, and to which host, is what the map says and where it is to go. */
function bindingProblems(labels: Labels, { image, hosts }: PlaceFacts): string[] {
  const binding = labels[LABEL_BINDING];
  if (binding === undefined)
    return [`label ${LABEL_BINDING} is missing; build with --label ${LABEL_BINDING}=${image.binding}`];
  if (binding !== image.binding) {
    return [
      `label ${LABEL_BINDING} is ${quoted(binding)}, and the map in Pulumi.yaml says ${image.binding}; correct one of them`,
    ];
  }
  const host = labels[LABEL_REGISTRY_HOST];
  const allowed = hosts.join(" or ");
  if (binding === "portable") {
    if (host === undefined) return [];
    return [`label ${LABEL_REGISTRY_HOST} is ${quoted(host)}, and a portable image has no host baked in; leave it out`];
  }
  if (host === undefined) return [`label ${LABEL_REGISTRY_HOST} is missing; a stage-bound image says ${allowed}`];
  if (hosts.includes(host)) return [];
  return [`registry host ${quoted(host)} is baked in; allowed: ${allowed}; build it again for this stage`];
}

function classProblems(labels: Labels, { image }: PlaceFacts): string[] {
  const found = labels[LABEL_CLASS];
  if (found === undefined || found === image.class) return [];
  return [
    `label ${LABEL_CLASS} is ${quoted(found)}, and the map in Pulumi.yaml says ${image.class}; correct one of them`,
  ];
}

/**
 * What is wrong with the labels of an image, for each of its platforms; empty where nothing is.
 *
 * @param images as readLabels gives them; none at all is a problem, since nothing says where the image comes from
 */
export function labelProblems(images: readonly ImageLabels[], facts: LabelFacts): string[] {
  return problemsOf(images, (labels) => [...originProblems(labels, facts.build), ...placeProblems(labels, facts)]);
}

/** What is wrong with where the labels say that an image belongs: its class, its binding and its host. */
export const misplacedProblems = (images: readonly ImageLabels[], facts: PlaceFacts): string[] =>
  problemsOf(images, (labels) => placeProblems(labels, facts));

/** What labels are held against that say where an image belongs. */
type PlaceFacts = Pick<LabelFacts, "image" | "hosts">;

const placeProblems = (labels: Labels, facts: PlaceFacts): string[] => [
  ...bindingProblems(labels, facts),
  ...classProblems(labels, facts),
];

function problemsOf(images: readonly ImageLabels[], judge: (labels: Labels) => string[]): string[] {
  if (images.length === 0) return ["no image with a configuration is in it, so no label says where it comes from"];
  return images.flatMap((one) => {
    const place = images.length > 1 ? `${quoted(one.platform ?? one.digest)}: ` : "";
    return judge(one.labels).map((problem) => place + problem);
  });
}

/** Where the image should have gone. */
export interface BindingFacts {
  image: Pick<MappedImage, "binding">;
  /** The target's host that would be baked in, and the path the image is published under. */
  target: { host: string; repository: string; tag: string };
}

/** Commands that build the image again for its target. What labels say stands in them only where it is harmless to a shell. */
function rebuildCommand(labels: ImageLabels["labels"], { target }: BindingFacts): string {
  const source = labels[LABEL_SOURCE] ?? "";
  const commit = labels[LABEL_REVISION] ?? "";
  const from = /^https:\/\/[A-Za-z0-9.:/_-]{1,500}$/.test(source)
    ? source.replace(/(?:\.git)?\/?$/, ".git")
    : "<source>";
  const at = /^[0-9a-f]{40,64}$/.test(commit) ? commit : "<commit>";
  return (
    `docker buildx build "${from}#${at}" --label ${LABEL_BINDING}=stage-bound ` +
    `--label ${LABEL_REGISTRY_HOST}=${target.host} --output type=oci,dest=image.tar, ` +
    `then dualreg image publish to ${target.host}/${target.repository}:${target.tag}, with a fresh scan`
  );
}

/**
 * What keeps an image from being promoted by digest: a registry host that is baked in, or nothing that says there is
 * none. Both the map and every platform's label must call it portable.
 */
export function bindingRefusals(images: readonly ImageLabels[], facts: BindingFacts): string[] {
  const bound = images.find(({ labels }) => labels[LABEL_BINDING] === "stage-bound");
  if (bound || facts.image.binding === "stage-bound") {
    const host = bound?.labels[LABEL_REGISTRY_HOST];
    const baked = host === undefined ? "its stage's registry host" : `registry host ${quoted(host)}`;
    const command = rebuildCommand((bound ?? images[0])?.labels ?? {}, facts);
    return [`the image is stage-bound: ${baked} is baked in, and promoting would carry it along; rebuild: ${command}`];
  }
  const unsaid = images.filter(({ labels }) => labels[LABEL_BINDING] !== "portable");
  if (images.length > 0 && unsaid.length === 0) return [];
  const found = unsaid[0]?.labels[LABEL_BINDING];
  const what = found === undefined ? "is missing" : `is ${quoted(found)}`;
  return [`label ${LABEL_BINDING} ${what}; allowed: portable; build with --label ${LABEL_BINDING}=portable`];
}
