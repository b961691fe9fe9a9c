import { rmSync } from "node:fs";
import { join } from "node:path";
import { renewAccessDocument } from "./accessDocs";
import { renewReports } from "./complianceGolden";
import { golden, goldenFiles, keep, previewsOf, PROJECTS } from "./golden";

/** Renews the kept previews and the access matrix, and says which changed: review them as the change of infrastructure that they are. */
async function main(): Promise<void> {
  const known = new Set<string>();
  for (const [name, folder] of Object.entries(PROJECTS)) {
    for (const [file, text] of await previewsOf(name, folder)) {
      known.add(file);
      if (golden(file) === text) continue;
      keep(file, text);
      console.log(`renewed ${file}`);
    }
  }
  for (const file of goldenFiles().filter((name) => !known.has(name))) {
    rmSync(join(__dirname, "../golden", file));
    console.log(`removed ${file}`);
  }
  if (await renewAccessDocument()) console.log("renewed docs/access-matrix.md");
  await renewReports();
}

void main();
