import type { Control, ObsoleteRule } from "./control";
import { checkov, psRule } from "./sources";
import { adminUserOff } from "./controls/adminUserOff";
import { anonymousPullOff } from "./controls/anonymousPullOff";
import { armTokensOff } from "./controls/armTokensOff";
import { publicAccessOff } from "./controls/publicAccessOff";
import { networkRestricted } from "./controls/networkRestricted";
import { exportOff } from "./controls/exportOff";
import { customerKey } from "./controls/customerKey";
import { privateEndpoint } from "./controls/privateEndpoint";
import { privateDns } from "./controls/privateDns";
import { skuPremium } from "./controls/skuPremium";
import { skuNotBasic } from "./controls/skuNotBasic";
import { tokensOff } from "./controls/tokensOff";
import { cacheRulesNone } from "./controls/cacheRulesNone";
import { nameValid } from "./controls/nameValid";
import { nameConvention } from "./controls/nameConvention";
import { quarantineOn } from "./controls/quarantineOn";
import { untaggedRetentionOn } from "./controls/untaggedRetentionOn";
import { softDeleteOn } from "./controls/softDeleteOn";
import { replicaElsewhere } from "./controls/replicaElsewhere";
import { replicaLocations } from "./controls/replicaLocations";
import { dataEndpoint } from "./controls/dataEndpoint";
import { auditLogs } from "./controls/auditLogs";
import { webhookHttps } from "./controls/webhookHttps";
import { defenderOn } from "./controls/defenderOn";
import { imagesHealthy } from "./controls/imagesHealthy";
import { pairComplete } from "./controls/pairComplete";
import { classMapWhole } from "./controls/classMapWhole";
import { tagRegime } from "./controls/tagRegime";
import { signOffsComplete } from "./controls/signOffsComplete";
import { gatesClosed } from "./controls/gatesClosed";
import { identityPerClass } from "./controls/identityPerClass";
import { tokenExpiry } from "./controls/tokenExpiry";
import { tokenReadsOnly } from "./controls/tokenReadsOnly";
import { auditKept } from "./controls/auditKept";
import { passwordsOutsideState } from "./controls/passwordsOutsideState";
import { driftWatched } from "./controls/driftWatched";
import { scanGate } from "./controls/scanGate";
import { signatureGate } from "./controls/signatureGate";
import { retentionRule } from "./controls/retentionRule";
import { registryProtected } from "./controls/registryProtected";
import { rulesKept } from "./controls/rulesKept";

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
