import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { addAccess } from "./access";
import { addAdopt } from "./adopt";
import { addCompliance } from "./compliance";
import { addDoctor } from "./doctor";
import { addImage } from "./image";
import { addNotify } from "./notify";
import { addPreview } from "./preview";
import { addRegistry } from "./registry";
import { addRelease } from "./release";

/** The whole command line. A command's module only declares it; what it does is loaded when it runs. */
export function makeProgram(): Command {
  const program = new Command("dualreg")
    .description("Two container registries for each stage, a secure one beside the standard one")
    .version(version(), "--version", "print the version")
    .helpOption("--help", "print help")
    .showSuggestionAfterError(true)
    .exitOverride();
  addPreview(program);
  addDoctor(program);
  addAdopt(program);
  addImage(program);
  addRegistry(program);
  addRelease(program);
  addAccess(program);
  addCompliance(program);
  addNotify(program);
  return program;
}

function version(): string {
  const file: unknown = JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8"));
  return typeof file === "object" && file !== null && "version" in file ? String(file.version) : "unknown";
}
