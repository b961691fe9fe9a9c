import { renderReview } from "../../../src/access/review";
import { renderAdoption } from "../../../src/adopt/compare";
import { githubTable } from "../../../src/adopt/github";
import { DualRegistryError } from "../../../src/base/errors";
import { formatJson } from "../../../src/base/json";
import { messageOnlyError } from "../../../src/base/messageOnlyError";
import {
  htmlBadge,
  htmlLines,
  htmlList,
  htmlPage,
  htmlTable,
  htmlTag,
  htmlValue,
  markup,
} from "../../../src/base/text/html";
import { code, details, escapeMarkdown, marked, markdownTable, name } from "../../../src/base/text/markdown";
import { displayUrl, quoted, quotedValue } from "../../../src/base/text/quote";
import { terminalTable } from "../../../src/base/text/table";
import { escapeUnsafe, escapeUnsafeLines } from "../../../src/base/text/unsafe";
import { signOffsMarkdown, stepText } from "../../../src/cli/release/stepReport";
import { consoleLog } from "../../../src/console/log";
import { refusal } from "../../../src/controls/evaluate";
import { problem, reportJson, reportText } from "../../../src/doctor/finding";
import { accessMarkdown } from "../../../src/domain/identity/accessMatrix";
import { renderGatesReview } from "../../../src/gates/review";
import { reportIssue } from "../../../src/github/issues";
import { Github } from "../../../src/github/client";
import { setCommitStatus } from "../../../src/github/commitStatus";
import { placeTag } from "../../../src/github/refs";
import { judge } from "../../../src/preview/change/changes";
import { diffRecordings } from "../../../src/preview/change/diff";
import { RENDERERS } from "../../../src/preview/render";
import { pullLineJson, pullLineText, reconcileReport, reconcileText } from "../../../src/pulls";
import { everywhere } from "../compliance/hostile";
import { rendered, sourceOf } from "../compliance/reportGround";
import { branch, facts, request, step } from "../release/stepFacts";
import { consoleLines } from "./consoleLines";
import { qaStage } from "../pulls/world";
import { deployed } from "./deployedImages";
import { gitopsCheck } from "./gitopsCheck";
import { gitOpsRequest } from "./gitOpsRequest";
import { registryCheck } from "./registryCheck";
import { FACTS, GROUP, recording, REGISTRY, type Sample } from "../sampleRecording";

/**
 * Text that would act where it is printed as it is: isolates and overrides of direction, an escape sequence, a return, a
 * zero, half a character, a separator of lines and one of nobody's characters.
 */
export const HOSTILE_TEXT = "a\u2066b\u2067c\u2068d\u2069e\u202ef\u001b[31mg\rh\u0000i\ud800j\u2028k\ue000l";

/** A way out for text. */
export interface Exercise {
  name: string;
  /** Below `src`. */
  files: readonly string[];
  /** Sends the text through it, and gives back what came out. */
  print: (text: string) => readonly string[] | Promise<readonly string[]>;
}

const REPORT_FILES = [
  ...["reports/index.ts", "reports/html.ts", "reports/markdown.ts", "reports/sarif.ts", "reports/table.ts"],
  ...["oscal/component.ts", "oscal/parts.ts", "oscal/results.ts"].map((file) => `reports/${file}`),
];

/** Every format of a preview, whole and of what changes. */
function previews(text: string): string[] {
  const registry: Sample = {
    type: REGISTRY,
    name: text,
    inputs: { registryName: text, [text]: [text, { [text]: text }], lines: `one\n${text}` },
  };
  const group: Sample = { type: GROUP, name: "group", inputs: { location: text }, options: { aliases: [text] } };
  const rest = {
    ...{ outputs: { [text]: text }, project: text, logs: [{ severity: "error" as const, message: text }] },
    references: [{ name: text, stack: text }],
  };
  const base = recording([{ ...registry, inputs: { [text]: 1, registryName: `${text} 2`, lines: "one\ntwo" } }]);
  const head = recording([registry, group], rest);
  const recordings = new Map([["dev", head]]);
  const stages = [diffRecordings(base, head, FACTS)];
  const review = { base: text, stages, verdict: judge(stages, false) };
  const summariser = () => ({
    about: text,
    rows: [{ label: "What", lines: [[text, { text, tone: "bad" as const }]] }],
  });
  return Object.values(RENDERERS).flatMap(({ render, changes }) => [
    render(recordings),
    render(recordings, { summariser, width: 80 }),
    render(recordings, { review }),
    changes(recordings, review),
  ]);
}

/** What a GitHub that has nothing yet, or the given issue, was sent. */
async function sentToGithub(
  use: (github: Github) => Promise<unknown>,
  issues: readonly unknown[] = [],
): Promise<string[]> {
  const sent: string[] = [];
  class Listening extends Github {
    override call: Github["call"] = (route, parameters, schema) => {
      sent.push(...Object.values(parameters).map(String));
      const made = {
        number: 1,
        html_url: "https://github.com/company/orders/issues/1",
        title: "",
        user: null,
        sha: "c",
      };
      return Promise.resolve(schema.parse(made));
    };
    override list: Github["list"] = (_route, _parameters, row) => Promise.resolve(issues.map((one) => row.parse(one)));
  }
  await use(new Listening({ repository: { owner: "company", name: "orders" }, token: "none" }));
  return sent.filter((text) => text.includes("u2066"));
}

/** The step of a release whose people, branch and reasons have such names. */
function steps(text: string): string[] {
  const of = step("v1.0.0-rc.1");
  const asked = request(of, { approvals: [{ role: text, by: text, at: text, entitled: true }] });
  const known = facts(of.tag, { branch: branch({ name: text }), requests: [asked] });
  const verdict = { legal: false, reasons: [{ code: "tag-moved" as const, why: text }], notes: [text], request: asked };
  return [stepText({ facts: known, verdict }), signOffsMarkdown({ facts: known, verdict })];
}

/** A line of the pull log with such names. */
function pullLine(text: string): string[] {
  const at = { time: "2026-01-01T00:00:00.000Z", source: "events", hostBasis: "reference", outcome: "pulled" } as const;
  const named = { reference: text, host: text, evidence: text, node: text, pod: text, product: text, stage: text };
  const line = { version: 1, ...at, ...named, verdict: "ok", why: text } as const;
  const start = new Date(0);
  const stage = { ...qaStage(), product: text, stage: text };
  const joined = { verdict: "ambiguous", trust: "claimed", line } as const;
  const about = { stage, from: start, to: start, window: 1, now: start };
  return [
    pullLineJson(line),
    pullLineText(line),
    reconcileText(reconcileReport([{ ...joined, by: [text], events: [] }], about)),
  ];
}

/** Every way out for text that comes from outside. */
export const EXERCISES: readonly Exercise[] = [
  { name: "the log of pulls", files: ["pulls/line.ts", "pulls/reconcileReport.ts"], print: pullLine },
  {
    name: "the console's log",
    files: ["console/main.ts", "console/search/index.ts"],
    print: (text) => {
      const lines: string[] = [];
      consoleLog((line) => lines.push(line)).warn({ field: text }, "message");
      return lines;
    },
  },
  {
    name: "what stands on GitHub already",
    files: ["adopt/github.ts"],
    print: (text) => [
      githubTable([{ urn: text, name: text, type: text, parent: text, id: text, changes: text }], [text]),
      githubTable([], [text]),
    ],
  },
  {
    name: "a review of the gates on GitHub",
    files: ["gates/review.ts"],
    print: (text) => {
      const finding = {
        kind: "different",
        where: text,
        property: text,
        found: text,
        wanted: [text],
        remedy: text,
      } as const;
      const review = {
        ...({ review: "dual-registry gates", version: 1, product: text, repository: text, reviewedAt: text } as const),
        ...{ stages: [text], repositorySettings: true, findings: [finding], differences: 1, unknown: 0 },
      };
      return (["table", "json", "markdown"] as const).map((format) => renderGatesReview(review, format));
    },
  },
  {
    name: "errors",
    files: ["base/errors.ts", "base/messageOnlyError.ts"],
    print: (text) => [new DualRegistryError("USAGE", text).message, messageOnlyError(text).message],
  },
  {
    name: "quoting",
    files: ["base/text/quote.ts", "base/text/unsafe.ts", "base/json.ts"],
    print: (text) => [
      ...[quoted(text), quotedValue({ [text]: text }), escapeUnsafe(text), escapeUnsafeLines(text)],
      formatJson({ [text]: [text] }),
      displayUrl(new URL("https://registry.example.com/")) + quoted(text),
    ],
  },
  { name: "terminal tables", files: ["base/text/table.ts"], print: (text) => terminalTable([[text, text]]) },
  {
    name: "Markdown",
    files: ["base/text/markdown.ts"],
    print: (text) => [
      ...[code(text), name(text), name(`\`${text}`), marked`${text} ${code(text)}`].map(({ markdown: source }) =>
        source.replaceAll("&#92;", "\\"),
      ),
      ...[escapeMarkdown(text).replaceAll("\\\\", "\\"), details(text, "").replaceAll("\\\\", "\\")],
      markdownTable([text], [[text]])
        .split("\n")
        .at(-1)
        ?.replaceAll("\\\\", "\\") ?? "",
    ],
  },
  {
    name: "HTML",
    files: ["base/text/html/markup.ts"],
    print: (text) => [
      ...[markup`<p title="${text}">${text}${[text, [text]]}</p>`, htmlBadge("bad", text), htmlTag(text)].map(String),
      ...[htmlTable([text], [[text]]), htmlList("plain", [text]), htmlValue({ [text]: [text] })].map(String),
      ...[
        markup`${htmlLines([text, text])}`.toString(),
        htmlPage({ title: text, lead: text, body: text, footer: text }),
      ],
    ],
  },
  {
    name: "previews",
    files: [
      "preview/render/index.ts",
      "preview/render/tree.ts",
      "preview/render/markdown.ts",
      "preview/render/html.ts",
      ...["summary", "outputs", "changesText", "resourceText", "textDiff", "words"].map(
        (file) => `preview/render/${file}.ts`,
      ),
    ],
    print: (text) => previews(text).map((page) => page.replaceAll("&#92;", "\\")),
  },
  {
    name: "reports",
    files: REPORT_FILES,
    print: (text) =>
      Object.entries(rendered([everywhere(text)], { asOf: "2026-01-01", stages: [{ ...sourceOf(), product: text }] }))
        .filter(([format]) => !["oscal-plan", "oscal-component"].includes(format))
        .map(([, page]) => page.replaceAll("&#92;", "\\")),
  },
  {
    name: "a stage that its controls stop",
    files: ["controls/evaluate.ts"],
    print: (text) => {
      const { stage, compliance } = everywhere(text);
      return [refusal(stage, compliance) ?? ""];
    },
  },
  {
    name: "the access review and the access matrix",
    files: ["access/review.ts", "domain/identity/accessMatrix.ts"],
    print: (text) => {
      const found = { registry: "secure", kind: "setting", who: text, what: text, difference: true } as const;
      const review = {
        stage: "qa",
        reviewedAt: "",
        staleDays: 1,
        registries: [],
        findings: [found],
        differences: 1,
      } as const;
      const row = {
        who: text,
        kind: "identity",
        purpose: "pull",
        stage: "qa",
        registry: "secure",
        actions: ["pull"],
      } as const;
      const rows = [{ ...row, repositories: [text], assumedBy: [text], role: text }];
      return [
        ...(["table", "json", "markdown"] as const).map((format) => renderReview(review, format)),
        accessMarkdown("orders", new Map([["qa", rows] as const])),
      ];
    },
  },
  {
    name: "the comparison before an adoption",
    files: ["adopt/compare.ts"],
    print: (text) => {
      const rows = [{ property: text, stage: text, azure: { [text]: text }, effect: "changes", why: text } as const];
      const adoption = { resource: "secure", id: text, rows };
      return (["table", "json"] as const).map((format) => renderAdoption("qa", [adoption], format));
    },
  },
  {
    name: "the doctor",
    files: ["doctor/finding.ts"],
    print: (text) => [reportText([problem("pulumi", text, text)], false), reportJson([problem("pulumi", text, text)])],
  },
  { name: "what registries say of their settings", files: ["cli/registry/check.ts"], print: registryCheck },
  { name: "what clusters run", files: ["clusters/report.ts"], print: deployed },
  { name: "the check of a GitOps repository", files: ["cli/gitops/checkReport.ts"], print: gitopsCheck },
  {
    name: "the console's lines of requests and of refused credentials",
    files: ["console/requestLog.ts", "console/access/index.ts", "console/access/login.ts"],
    print: consoleLines,
  },
  { name: "a request of a GitOps repository", files: ["gitops/release/requestText.ts"], print: gitOpsRequest },
  { name: "a release's step", files: ["cli/release/stepReport.ts"], print: steps },
  {
    name: "issues and tags of GitHub",
    files: ["github/issues.ts", "github/refs.ts", "github/commitStatus.ts"],
    print: async (text) => [
      ...(await sentToGithub((github) => reportIssue(github, { title: text, body: text }))),
      ...(await sentToGithub((github) => placeTag(github, "v1.0.0", "c", text))),
      ...(await sentToGithub((github) =>
        setCommitStatus(github, { commit: "c", context: "x", state: "failure", description: text }),
      )),
    ],
  },
];
