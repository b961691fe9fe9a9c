import { escapeUnsafe } from "../../src/base/text/unsafe";
import { imageAnswer } from "../../src/console/api/schemas";
import { imageAddress } from "../../src/console/pages/parts";
import { IMAGE_CLASSES, type ImageClass } from "../../src/domain/image/imageClass";
import type { StageOutputs } from "../../src/outputs";
import { judgePull, type PullLine } from "../../src/pulls";
import { finding, type QaConsole, type QaEvidence, type QaFinding } from "./evidence";
import { pulledOf } from "./pullChecks";

/** An image whose page is looked at. */
interface Shown {
  imageClass: ImageClass;
  repository: string;
  digest: string;
}

/** Longer values are folded on the page, behind the beginning of them. */
const FOLDED = 240;

/** Milliseconds until the console has answered. */
const WITHIN = 30_000;

/** The console's answers on one image of each class that was pulled: the API's and the page's. */
export async function checkLabelsPage(
  console: QaConsole,
  lines: readonly PullLine[],
  stage: StageOutputs,
  built?: QaEvidence["builtLabels"],
): Promise<QaFinding> {
  const wrong: string[] = [];
  const seen: string[] = [];
  const judged = pulledOf(lines).map((line) => judgePull(line, stage));
  for (const imageClass of IMAGE_CLASSES) {
    const line = judged.findLast(({ verdict, class: at, digest }) => verdict === "ok" && at === imageClass && digest);
    if (line?.digest === undefined || line.repository === undefined) {
      wrong.push(`no ${imageClass} image was pulled whose page could be looked at`);
      continue;
    }
    const shown = { imageClass, repository: line.repository, digest: line.digest };
    const one = await lookAt(console, shown, stage, built?.[imageClass]);
    wrong.push(...one.wrong.map((why) => `${shown.repository}, ${imageClass}: ${why}`));
    seen.push(...one.seen);
  }
  return finding(wrong, seen);
}

async function lookAt(
  console: QaConsole,
  { imageClass, repository, digest }: Shown,
  stage: StageOutputs,
  built?: Readonly<Record<string, string>>,
): Promise<{ wrong: string[]; seen: string[] }> {
  const query = new URLSearchParams({ repository, reference: digest }).toString();
  const [api, page] = [`/api/v1/image?${query}`, imageAddress(repository, digest)];
  const answers = await Promise.all([api, page].map((path) => ask(console, path)));
  const refused = answers.flatMap((answer) => (typeof answer.body === "string" ? [] : [answer.why]));
  const [json, html] = answers.map(({ body }) => body);
  if (json === undefined || html === undefined) return { wrong: refused, seen: [] };
  const read = imageAnswer.safeParse(parsed(json));
  if (!read.success) return { wrong: [`${api}: the answer is not what the API's document says`], seen: [] };
  const { registry, platforms, digest: shown } = read.data;
  const host = stage.registries[imageClass].loginServer;
  const named = platforms.flatMap(({ labels }) => labels.map(({ name, value }) => [name, value] as const));
  const expected = built === undefined ? named : Object.entries(built);
  const text = textOf(html);
  const wrong = [
    ...(shown === digest ? [] : [`the API answers ${shown} for ${digest}`]),
    ...(registry.class === imageClass ? [] : [`the API names the class ${registry.class}`]),
    ...(registry.host === host ? [] : [`the API names the host ${registry.host} in place of ${host}`]),
    ...(text.includes(oneLine(`${imageClass} ${host}`)) ? [] : [`the page does not name ${imageClass} ${host}`]),
    ...(expected.length === 0 ? ["it has no label, so that the page shows nothing of it"] : []),
    ...expected.flatMap(([name, value]) => [
      ...(named.some(([known, is]) => known === name && is === value) ? [] : [`the API lacks the label ${name}`]),
      ...(isOnPage(text, name, value) ? [] : [`the page lacks the label ${name}`]),
    ]),
  ];
  const labels = `${expected.length} label${expected.length === 1 ? "" : "s"}`;
  const seen = `${page}: ${labels}, ${imageClass}, ${host}: ${expected
    .map(([name]) => name)
    .join(", ")
    .slice(0, 500)}`;
  return { wrong, seen: wrong.length === 0 ? [seen] : [] };
}

/** One answer, or why there is none. */
async function ask({ url, token }: QaConsole, path: string): Promise<{ body?: string; why: string }> {
  try {
    const response = await fetch(new URL(path, url), {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      redirect: "error",
      signal: AbortSignal.timeout(WITHIN),
    });
    const body = await response.text();
    return response.status === 200 ? { body, why: "" } : { why: `${path}: the console answered ${response.status}` };
  } catch (error) {
    return { why: `${path}: the console cannot be asked: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** What a page says, its tags as space. */
const textOf = (html: string): string =>
  oneLine(html.replace(/<[^>]*>/g, " ").replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? ""));

function isOnPage(text: string, name: string, value: string): boolean {
  const [label, shown] = [name, value].map((one) => oneLine(escapeUnsafe(one)));
  if (label === undefined || shown === undefined) return false;
  return value.length > FOLDED ? text.includes(label) && text.includes(shown) : text.includes(`${label} ${shown}`);
}
