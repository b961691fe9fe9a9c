import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const REPOSITORY = resolve(__dirname, "../..");

/** A project of six stages, each gated one signed off by two roles, that can be previewed; its folder is the caller's to remove. */
export function sixStages(): string {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-six-"));
  const stages = ["sandbox", "int", "sit", "uat", "preprod", "prod"];
  const roles = ["testers", "owners"].map((role, at) => `        ${role}: [{ team: ${role}, id: ${at + 1} }]\n`);
  const signOffs = stages.slice(1).map((stage) => `        ${stage}: [testers, owners]\n`);
  writeFileSync(
    join(dir, "Pulumi.yaml"),
    `name: dual-registry\nruntime: nodejs\nconfig:\n  stages:\n    value: [${stages.join(", ")}]\n` +
      "  product:\n    value: { name: shop, domain: example.com, repository: shop }\n" +
      "  images:\n    value: [{ repository: orders/api, class: secure }, { repository: orders/web, class: standard }]\n" +
      `  gates:\n    value:\n      roles:\n${roles.join("")}      signOffs:\n${signOffs.join("")}      automation: { app: 4200001 }\n`,
  );
  stages.forEach((stage, at) => {
    const owns = at === 0 ? "  dual-registry:owns: [repository, subscription]\n" : "";
    const subscription = `  azure-native:subscriptionId: 44444444-4444-4444-8444-44444444440${at}\n`;
    const file = `config:\n  github:owner: example\n  dual-registry:location: westeurope\n${subscription}${owns}`;
    writeFileSync(join(dir, `Pulumi.${stage}.yaml`), file);
  });
  const path = (name: string) => join(REPOSITORY, name);
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "six", private: true, main: path("src/index.ts") }));
  writeFileSync(
    join(dir, "tsconfig.json"),
    JSON.stringify({ extends: path("tsconfig.json"), compilerOptions: { noCheck: true } }),
  );
  symlinkSync(path("node_modules"), join(dir, "node_modules"), "junction");
  return dir;
}
