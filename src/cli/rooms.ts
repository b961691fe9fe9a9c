import { createRequire } from "node:module";

/** Modules behind the commands, by their paths in `src`: those of rooms, and what loads zod or semver. */
interface Rooms {
  access: typeof import("../access");
  adopt: typeof import("../adopt");
  azure: typeof import("../azure");
  "base/decode/decode": typeof import("../base/decode/decode");
  "config/readStages": typeof import("../config/readStages");
  "doctor/examine": typeof import("../doctor/examine");
  "doctor/finding": typeof import("../doctor/finding");
  "doctor/probe": typeof import("../doctor/probe");
  "domain/flow/nextMove": typeof import("../domain/flow/nextMove");
  "domain/flow/signOffs": typeof import("../domain/flow/signOffs");
  "github/candidate": typeof import("../github/candidate");
  "github/client": typeof import("../github/client");
  "github/issues": typeof import("../github/issues");
  "github/people": typeof import("../github/people");
  "github/readStep": typeof import("../github/readStep");
  "github/refs": typeof import("../github/refs");
  "github/releaseRules": typeof import("../github/releaseRules");
  "github/requests": typeof import("../github/requests");
  "github/signOffs": typeof import("../github/signOffs");
  "images/gates/buildMetadata": typeof import("../images/gates/buildMetadata");
  "images/gates/scanReport": typeof import("../images/gates/scanReport");
  "images/gates/signOffFile": typeof import("../images/gates/signOffFile");
  "images/locks": typeof import("../images/locks");
  "images/mirror": typeof import("../images/mirror");
  "images/phases": typeof import("../images/phases");
  "images/promote": typeof import("../images/promote");
  "images/publish": typeof import("../images/publish");
  "images/records": typeof import("../images/records");
  "images/registries": typeof import("../images/registries");
  "images/smoke": typeof import("../images/smoke");
  "images/recordSchemas": typeof import("../images/recordSchemas");
  "images/verifyReport": typeof import("../images/verifyReport");
  oci: typeof import("../oci");
  "outputs/readOutputs": typeof import("../outputs/readOutputs");
  "preview/base/base": typeof import("../preview/base/base");
  "preview/record/recordStages": typeof import("../preview/record/recordStages");
  "preview/render": typeof import("../preview/render");
  "project/projectFile": typeof import("../project/projectFile");
  reports: typeof import("../reports");
  "reports/changes": typeof import("../reports/changes");
  "reports/makeReport": typeof import("../reports/makeReport");
  "reports/stages": typeof import("../reports/stages");
  signing: typeof import("../signing");
  "sweeping/activity": typeof import("../sweeping/activity");
  "sweeping/deployed": typeof import("../sweeping/deployed");
  "sweeping/executeSweep": typeof import("../sweeping/executeSweep");
  "sweeping/gitOps": typeof import("../sweeping/gitOps");
  "sweeping/inventory": typeof import("../sweeping/inventory");
}

const load: (path: string) => unknown = createRequire(__filename);

/**
 * Loads a module when a command first uses it, so that help and usage errors load none; its types are imported as
 * usual. As with `loadPackage`, `import()` would go past the loader that reads TypeScript.
 */
export function room<Path extends keyof Rooms>(path: Path): Rooms[Path] {
  return load(`../${path}`) as Rooms[Path];
}
