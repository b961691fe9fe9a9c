import { checkov, type Control, type ObsoleteRule, psRule } from "../control";
import {
  adminUserOff,
  anonymousPullOff,
  armTokensOff,
  identityPerClass,
  passwordsOutsideState,
  tokenExpiry,
  tokenReadsOnly,
  tokensOff,
} from "./access";
import { consoleHardened, consolePinned } from "./console";
import {
  cacheRulesNone,
  defenderOn,
  imagesHealthy,
  quarantineOn,
  retentionRule,
  rulesKept,
  softDeleteOn,
  tagRegime,
  untaggedRetentionOn,
} from "./content";
import { gatesClosed, scanGate, signatureGate, signOffsComplete } from "./gates";
import {
  dataEndpoint,
  exportOff,
  networkRestricted,
  privateDns,
  privateEndpoint,
  publicAccessOff,
  webhookHttps,
} from "./network";
import {
  customerKey,
  nameConvention,
  nameValid,
  registryProtected,
  replicaElsewhere,
  replicaLocations,
  skuNotBasic,
  skuPremium,
} from "./registry";
import { auditKept, auditLogs, classMapWhole, driftWatched, pairComplete } from "./stage";

/** Every control, in the order of reports: what the field asks of a registry, then what this project asks of itself. */
export const CONTROLS: readonly Control[] = [
  adminUserOff,
  anonymousPullOff,
  armTokensOff,
  publicAccessOff,
  networkRestricted,
  exportOff,
  customerKey,
  privateEndpoint,
  privateDns,
  skuPremium,
  skuNotBasic,
  tokensOff,
  cacheRulesNone,
  nameValid,
  nameConvention,
  quarantineOn,
  untaggedRetentionOn,
  softDeleteOn,
  replicaElsewhere,
  replicaLocations,
  dataEndpoint,
  auditLogs,
  webhookHttps,
  defenderOn,
  imagesHealthy,
  pairComplete,
  classMapWhole,
  tagRegime,
  signOffsComplete,
  gatesClosed,
  identityPerClass,
  tokenExpiry,
  tokenReadsOnly,
  auditKept,
  passwordsOutsideState,
  driftWatched,
  scanGate,
  signatureGate,
  retentionRule,
  registryProtected,
  rulesKept,
  consolePinned,
  consoleHardened,
];

const BY_ID: ReadonlyMap<string, Control> = new Map(CONTROLS.map((control) => [control.id, control]));

/** The control of an id, where there is one. */
export function controlOf(id: string): Control | undefined {
  return BY_ID.get(id);
}

/** Rules of elsewhere that ask for something that is gone or going: reported with the reason, never evaluated. */
export const OBSOLETE: readonly ObsoleteRule[] = [
  {
    corresponds: psRule("ContentTrust"),
    title: "Docker content trust is on",
    reason:
      "Azure removes Docker content trust on 2028-03-31, and PSRule has not evaluated the rule since its version 1.45.",
    instead: "signature-gate",
  },
  {
    corresponds: checkov("CKV_AZURE_164"),
    title: "The registry takes images signed by Docker content trust",
    reason: "It asks for the trust policy that Azure removes on 2028-03-31.",
    instead: "signature-gate",
  },
  {
    corresponds: checkov("CKV_AZURE_233"),
    title: "The registry is zone redundant",
    reason:
      "Zone redundancy is automatic in every region with zones, and the property that the rule reads is being retired.",
    instead: "Nothing to set: Azure does it.",
  },
];
