import { isEngineTime } from "../base/decode/decode";
import { type Problem, reportProblems } from "../base/decode/problems";
import { nearest } from "../base/text/nearest";
import { quotedValue } from "../base/text/quote";
import { IMAGE_CLASSES } from "../domain/image/imageClass";
import type { StageConfig } from "../domain/plan/stageConfig";
import { judgeBudgetStart } from "../domain/watch/budget";
import { stageFileName } from "../project";
import { warnOfRanges } from "./ranges";

/**
 * The regions of Azure's clouds: public, US Government, China. Azure adds regions, so another name is no error.
 * Source: `az account list-locations`, and https://learn.microsoft.com/azure/reliability/regions-list
 */
const REGIONS: readonly string[] = [
  ...["australiacentral", "australiacentral2", "australiaeast", "australiasoutheast", "austriaeast", "belgiumcentral"],
  ...["brazilsouth", "brazilsoutheast", "canadacentral", "canadaeast", "centralindia", "centralus", "centraluseuap"],
  ...["chilecentral", "denmarkeast", "eastasia", "eastus", "eastus2", "eastus2euap", "francecentral", "francesouth"],
  ...[
    "germanynorth",
    "germanywestcentral",
    "indonesiacentral",
    "israelcentral",
    "italynorth",
    "japaneast",
    "japanwest",
  ],
  ...["jioindiacentral", "jioindiawest", "koreacentral", "koreasouth", "malaysiawest", "mexicocentral"],
  ...["newzealandnorth", "northcentralus", "northeurope", "norwayeast", "norwaywest", "polandcentral", "qatarcentral"],
  ...["southafricanorth", "southafricawest", "southcentralus", "southeastasia", "southindia", "spaincentral"],
  ...["swedencentral", "swedensouth", "switzerlandnorth", "switzerlandwest", "taiwannorth", "uaecentral", "uaenorth"],
  ...["uksouth", "ukwest", "westcentralus", "westeurope", "westindia", "westus", "westus2", "westus3"],
  ...["usdodcentral", "usdodeast", "usgovarizona", "usgovtexas", "usgovvirginia"],
  ...["chinaeast", "chinaeast2", "chinaeast3", "chinanorth", "chinanorth2", "chinanorth3"],
];

type Told = Omit<Problem, "file">;

/** Every place of the stage's file where a region is named. */
function regionsOf({ location, registries, compliance }: StageConfig): [path: string, region: string][] {
  const replicas = IMAGE_CLASSES.flatMap((imageClass) => {
    const registry = registries[imageClass];
    const names = registry.mode === "reference" ? [] : registry.replicas;
    return names.map((name, at): [string, string] => [`registries.${imageClass}.replicas[${at}]`, name]);
  });
  const allowed = (compliance.allowedLocations ?? []).map((name, at): [string, string] => {
    return [`compliance.locations[${at}]`, name];
  });
  return [["location", location], ...replicas, ...allowed];
}

function unknownRegions(config: StageConfig): Told[] {
  return regionsOf(config).flatMap(([path, region]) => {
    if (REGIONS.includes(region)) return [];
    const meant = nearest(region, REGIONS);
    const list = 'az account list-locations --query "[].name" lists them';
    const allowed = meant === undefined ? list : `did you mean \`${meant}\`?`;
    return [{ path, what: `${quotedValue(region)} is none of the known regions of Azure`, allowed }];
  });
}

const NO_WAY_IN =
  "add one in the stack of the network, and run what publishes and promotes on runners in that network: GitHub's own " +
  "do not reach it; a waiver of private-endpoint says that it is there";

/** Registries that nobody reaches: what is taken over may have its endpoint already, and who waives the control has. */
function closedRegistries({ registries, compliance }: StageConfig): Told[] {
  return IMAGE_CLASSES.flatMap((imageClass) => {
    const registry = registries[imageClass];
    if (registry.mode !== "create" || registry.publicAccess !== false) return [];
    const scopes: readonly string[] = ["stage", imageClass];
    if (compliance.waivers.some(({ control, scope }) => control === "private-endpoint" && scopes.includes(scope))) {
      return [];
    }
    const what = "false: nobody reaches the registry until a private endpoint exists";
    return [{ path: `registries.${imageClass}.publicAccess`, what, allowed: NO_WAY_IN }];
  });
}

function closedVault({ vault }: StageConfig): Told[] {
  if (vault?.mode !== "create" || vault.publicAccess) return [];
  const what = "false: nobody reads or writes passwords until the vault has a private endpoint";
  const allowed =
    "add one in the stack of the network, and deploy and rotate from there: GitHub's own runners do not reach it";
  return [{ path: "vault.publicAccess", what, allowed }];
}

function bareTimes({ tags }: StageConfig): Told[] {
  return Object.entries(tags).flatMap(([name, value]) => {
    if (!isEngineTime(value)) return [];
    return [{ path: `tags.${name}`, what: `becomes ${quotedValue(value)}`, allowed: "put the time in quotes" }];
  });
}

/** How names of tags begin that Azure keeps for itself. Source: Azure REST API, Resources, Tags - Create Or Update. */
const AZURES_OWN = /^(?:microsoft|azure|windows)/i;

function reservedTags({ tags }: StageConfig): Told[] {
  return Object.keys(tags).flatMap((name) => {
    if (!AZURES_OWN.test(name)) return [];
    const what = "begins with microsoft, azure or windows, which Azure keeps for itself and may refuse";
    return [{ path: `tags.${name}`, what, allowed: "give it another name" }];
  });
}

function openRanges({ registries, vault }: StageConfig): Told[] {
  const told: Told[] = [];
  const complain = (path: string) => (at: string, what: string, allowed: string) =>
    told.push({ path: `${path}.allowedIps${at}`, what, allowed });
  for (const imageClass of IMAGE_CLASSES) {
    const registry = registries[imageClass];
    if (registry.mode !== "reference") warnOfRanges(registry.allowedIps, complain(`registries.${imageClass}`));
  }
  if (vault?.mode === "create") warnOfRanges(vault.allowedIps, complain("vault"));
  return told;
}

function farBudget({ watch: { budget } }: StageConfig, today: Date): Told[] {
  if (budget === undefined || judgeBudgetStart(budget.start, today) !== "far") return [];
  const what = `${quotedValue(budget.start)} is more than a year ahead, and Azure makes no such budget`;
  return [{ path: "budget.start", what, allowed: "allowed: the first of this month, or of one of the next twelve" }];
}

/**
 * What of a stage's file can be deployed and is probably not meant: a line each, such as those of problems.
 *
 * @param today what a budget's start is compared with
 */
export function configWarnings(config: StageConfig, today: Date): string[] {
  const finders = [unknownRegions, closedRegistries, closedVault, openRanges, bareTimes, reservedTags];
  const told = [...finders.flatMap((find) => find(config)), ...farBudget(config, today)];
  const file = stageFileName(config.stage);
  return told.length === 0 ? [] : reportProblems(told.map((one) => ({ file, ...one }))).split("\n");
}
