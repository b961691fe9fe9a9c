import { type Command, Option } from "@commander-js/extra-typings";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { isLoopback } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import { terminalTable } from "../../base/text/table";
import { IMAGE_CLASSES } from "../../domain/image/imageClass";
import { judgeSettings, type SettingsJudgement } from "../../domain/settings/judgeSettings";
import type { Reading, RegistrySettings, RepositorySettings } from "../../domain/settings/registrySettings";
import { pathIn } from "../../images/registries";
import { readSettings } from "../../kinds";
import { credentialsFor } from "../../oci";
import { readOutputs, type RegistryOutput, type StageOutputs } from "../../outputs";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, outputsOption } from "../options";

const EXITS = `
It only reads. Who asks: the AWS identity of this process; Google's, GITHUB_TOKEN; QUAY_TOKEN and GITLAB_TOKEN; for Harbor
and Docker Hub the login of the registry. A login goes to the kind's own interface and nowhere else.
--api names GitLab's interface, where the registry is not registry.gitlab.com.
Exit codes: 0 every expected setting is native, 1 one is missing or not read, or a finding, 2 wrong usage or configuration`;

const declare = (command: Command) =>
  command
    .addOption(outputsOption())
    .addOption(new Option("--class <class>", "only the registries of this class").choices(IMAGE_CLASSES))
    .option("--api <url>", "GitLab's interface, such as https://gitlab.example.com/api/v4")
    .addOption(formatOption("table", "json"))
    .addHelpText("after", EXITS);

/** One registry as it was looked at. */
export interface CheckedRegistry extends SettingsJudgement, Pick<RegistryOutput, "class" | "kind"> {
  /** Where the outputs have it, such as `registries.secure` or `alternatives.standard[0]`. */
  place: string;
  settings: RegistrySettings;
}

/** What `dualreg registry check --format json` prints: evidence for `dualreg compliance --registry-check`. */
export interface RegistryCheck {
  check: "dual-registry registries";
  version: 1;
  product: string;
  stage: string;
  /** ISO 8601 in UTC. */
  checkedAt: string;
  registries: readonly CheckedRegistry[];
  /** Rules by their verdict, and findings that are no notices. */
  counts: { native: number; missing: number; unread: number; findings: number };
}

type CheckOptions = OptionsOf<typeof declare>;

/**
 * Reads what each registry of a stage says of its own settings, the alternatives too, and compares it with the stage.
 *
 * @returns 0, or 1 where an expected setting is missing or was not read, or anything else is not as the stage has it
 */
async function run({ outputs: file, class: imageClass, api, format }: CheckOptions, io: Io): Promise<ExitCode> {
  const outputs = readOutputs(file);
  const named = registriesOf(outputs).filter(({ registry }) => (imageClass ?? registry.class) === registry.class);
  checkApi(api, named);
  const [now, credentials] = [io.now(), credentialsFor(io.env)];
  const registries: CheckedRegistry[] = [];
  for (const { place, registry } of named) {
    const { kind, loginServer: host } = registry;
    const images = outputs.images.filter((one) => one.class === registry.class);
    const settings = await readSettings({
      ...{ kind, host, env: io.env, credentials, now, ...(kind === "gitlab" && defined({ api })) },
      repositories: images.map(({ repository }) => ({ repository, path: pathIn(registry, repository) })),
    });
    const judged = judgeSettings(settings, registry, outputs.retention.rule);
    registries.push({ place, class: registry.class, kind, ...judged, settings });
  }
  const check = checkOf(outputs, now, registries);
  io.stdout.write(format === "json" ? formatJson(check) : renderCheck(check));
  const { missing, unread, findings } = check.counts;
  return missing + unread + findings > 0 ? 1 : 0;
}

export const check = defineCommand(declare, run);

const registriesOf = ({ registries, alternatives }: StageOutputs): { place: string; registry: RegistryOutput }[] =>
  IMAGE_CLASSES.flatMap((one) => [
    { place: `registries.${one}`, registry: registries[one] },
    ...(alternatives?.[one] ?? []).map((registry, at) => ({ place: `alternatives.${one}[${at}]`, registry })),
  ]);

/** @throws DualRegistryError USAGE for an address that is none, or that no registry has any use for */
function checkApi(api: string | undefined, named: readonly { registry: RegistryOutput }[]): void {
  if (api === undefined) return;
  const url = URL.canParse(api) ? new URL(api) : undefined;
  const plain = url !== undefined && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!plain || !(url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.host)))) {
    const allowed =
      "allowed: an https address without user, password or query, such as https://gitlab.example.com/api/v4";
    throw new DualRegistryError("USAGE", `--api ${quoted(api)}: ${allowed}`);
  }
  if (named.some(({ registry }) => registry.kind === "gitlab")) return;
  const kinds = [...new Set(named.map(({ registry }) => registry.kind))].join(", ");
  throw new DualRegistryError(
    "USAGE",
    `--api names GitLab's interface, and the registries are of kind ${kinds}: leave it out`,
  );
}

function checkOf({ product, stage }: StageOutputs, now: Date, registries: readonly CheckedRegistry[]): RegistryCheck {
  const rules = registries.flatMap((one) => one.rules);
  const count = (verdict: string) => rules.filter((rule) => rule.verdict === verdict).length;
  const findings = registries.flatMap((one) => one.findings).filter(({ level }) => level === "finding");
  return {
    ...{ check: "dual-registry registries", version: 1, product, stage, checkedAt: now.toISOString(), registries },
    counts: {
      ...{ native: count("native"), missing: count("missing"), unread: count("unread"), findings: findings.length },
    },
  };
}

const shown = (reading: Reading<unknown>): string =>
  reading.state === "read" ? reading.shown : `not read: ${reading.because}`;

const SETTINGS = ["immutability", "retention", "scanning", "visibility", "owner", "place"] as const;

/** What was read of repositories: a row for each setting that differs. What a kind does not have is left out. */
function settingRows(repositories: readonly RepositorySettings[]): string[][] {
  const rows = repositories.flatMap((each) =>
    SETTINGS.filter((name) => each[name].state !== "none").map((name) => [name, each.of, shown(each[name])]),
  );
  const known = new Set<string>();
  return rows.filter((row) => !known.has(row.join("\n")) && known.add(row.join("\n")));
}

function registryLines({ place, kind, rules, findings, settings }: CheckedRegistry): string[] {
  const { host, referrers, token, repositories } = settings;
  const facts = Object.entries({ referrers, token }).filter(([, { state }]) => state !== "none");
  return [
    ...terminalTable([[`${place}: ${kind} ${host}`]]),
    ...terminalTable(rules.flatMap(({ rule, verdict, texts }) => texts.map((text) => ["", rule, verdict, text]))),
    ...terminalTable(
      findings.map(({ kind: of, level, repository, text }) => ["", of, level, `${repository}: ${text}`]),
    ),
    "  As read:",
    ...terminalTable(settingRows(repositories).map((row) => ["", ...row])),
    ...terminalTable(facts.map(([name, reading]) => ["", name, host, shown(reading)])),
    "",
  ];
}

/** The check as text. */
export function renderCheck({ product, stage, checkedAt, registries, counts }: RegistryCheck): string {
  const { native, missing, unread, findings } = counts;
  const sum = `${native} native, ${missing} missing, ${unread} not read, ${findings} findings`;
  const last = terminalTable([[`${product} ${stage}, read at ${checkedAt}: ${sum}`]]);
  return [...registries.flatMap(registryLines), ...last, ""].join("\n");
}
