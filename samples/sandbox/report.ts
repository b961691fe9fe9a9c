import { resolve } from "node:path";
import { formatJson } from "../../src/base/json";
import { shellWord } from "../../src/base/text/quote";
import { terminalTable } from "../../src/base/text/table";
import { timeText } from "../../src/base/text/units";
import { IMAGE_CLASSES } from "../../src/domain/image/imageClass";
import type { Sandbox } from "./walk";

const PROGRAM = resolve(__dirname, "../../bin/dualreg.js");

/** What `npm run sandbox -- --format json` writes: what runs, and where. */
export interface SandboxReport {
  sandbox: "dual-registry";
  version: 1;
  product: string;
  /** The stage that is shown. */
  stage: string;
  /** Milliseconds until it was ready. */
  ready: number;
  /** Holds all of it, and goes with it. */
  folder: string;
  stages: readonly {
    stage: string;
    /** The file for `--outputs`. */
    outputs: string;
    registries: Readonly<Record<"secure" | "standard", string>>;
    /** What its registries told of pushes and pulls. */
    auditLog: string;
  }[];
  images: readonly { repository: string; class: string; tag: string; digest: string }[];
  console: { address: string; token: string };
  pullLog: string;
  /** Each a folder below `folder`, for DOCKER_CONFIG. */
  logins: { folder: string; reader: string; names: readonly string[] };
  /** Command lines that work while it runs. */
  try: readonly string[];
  fault?: Sandbox["fault"];
}

/** What is said of a sandbox that is ready. */
export function sandboxReport(sandbox: Sandbox, ready: number): SandboxReport {
  const { stages, stage, images, reader, pullLog, console, fault } = sandbox;
  const { product } = stage.outputs;
  return {
    ...{ sandbox: "dual-registry", version: 1, product, stage: stage.name, ready, folder: stages.dir },
    stages: stages.stages.map(({ name, file, hosts, audit }) => ({
      ...{ stage: name, outputs: file, registries: hosts, auditLog: audit.file },
    })),
    images: images.map(({ repository, class: imageClass, tag, digest }) => ({
      ...{ repository, class: imageClass, tag, digest },
    })),
    ...{ console, pullLog },
    logins: { folder: resolve(stages.dir, "logins"), reader, names: stages.names },
    try: linesToTry(sandbox),
    ...(fault && { fault }),
  };
}

function linesToTry({ stages, stage, images, reader, pullLog }: Sandbox): readonly string[] {
  const login = `DOCKER_CONFIG=${shellWord(stages.envOf(reader)["DOCKER_CONFIG"] ?? "")}`;
  const line = (...args: readonly string[]) => [login, ...["node", PROGRAM, ...args].map(shellWord)].join(" ");
  const outputs = ["--outputs", stage.file];
  const [one] = images;
  const looks =
    one === undefined
      ? []
      : [
          line("image", "verify", `${one.repository}:${one.tag}`, ...outputs),
          line("image", "labels", `${stage.hosts[one.class]}/${one.repository}:${one.tag}`),
        ];
  return [...looks, line("pulls", "reconcile", ...outputs, "--log", pullLog, "--registry-log", stage.audit.file)];
}

/** The report as it is printed. */
export function printedSandbox(report: SandboxReport, format: "text" | "json"): string {
  return format === "json" ? formatJson(report) : text(report);
}

function text({
  product,
  stage,
  ready,
  folder,
  stages,
  images,
  console,
  pullLog,
  logins,
  fault,
  ...more
}: SandboxReport) {
  const shown = stages.at(-1);
  const registries = stages.flatMap(({ stage: name, registries: pair }) =>
    IMAGE_CLASSES.map((imageClass) => [name, imageClass, pair[imageClass]]),
  );
  const table = (rows: readonly (readonly string[])[]) => terminalTable(rows).map((row) => `  ${row}`);
  return [
    `${product} ${stage} runs on this computer, ready after ${timeText(ready)}. Ctrl-C ends it and leaves nothing.`,
    "",
    ...table([
      ["console", console.address],
      ["its API's token", console.token],
      ["outputs", shown?.outputs ?? ""],
      ["audit log", shown?.auditLog ?? ""],
      ["pull log", pullLog],
      ["logins", `${logins.folder}: ${logins.names.filter((name) => !name.startsWith("id-")).join(", ")}`],
      ["all of it", folder],
    ]),
    "",
    "Registries",
    ...table(registries),
    "",
    `Images in ${stage}`,
    ...table(images.map((one) => [`${one.repository}:${one.tag}`, one.class, one.digest])),
    ...(fault === undefined ? [] : ["", ...faultLines(fault)]),
    "",
    "Try",
    ...more.try.map((line) => `  ${line}`),
    "",
  ].join("\n");
}

function faultLines({ repository, host, by, pullLog, reconcile, origin }: NonNullable<SandboxReport["fault"]>) {
  return [
    `Pulled wrongly: ${repository} from ${host}, the standard registry, by ${by}. Who noticed:`,
    ...terminalTable([
      ["pull log", `${pullLog.verdict}: ${pullLog.why}`],
      ["reconcile", `${reconcile.verdict}, ended with ${reconcile.code}: ${reconcile.by[0] ?? ""}`],
      [
        "console",
        `${origin.misplaced.map((one) => `${one.repository} is misplaced in ${one.registry}`).join(", ")}: ${origin.page}`,
      ],
    ]).map((row) => `  ${row}`),
  ];
}
