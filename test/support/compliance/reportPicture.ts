import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { RENDERERS } from "../../../src/reports";
import { openBrowser } from "../browser";
import { reportOf } from "../complianceGolden";

const PICTURE = resolve(__dirname, "../../../docs/compliance-report.png");
const SIZE = { width: 1040, height: 900 };

/**
 * Takes the picture of a report that README shows: the stage qa of the fixture `everything`.
 * Run it by `node --import tsx test/support/compliance/reportPicture.ts`.
 */
async function main(): Promise<void> {
  const report = await reportOf("everything");
  const stages = report.stages.filter(({ stage }) => stage === "qa");
  const folder = mkdtempSync(join(tmpdir(), "dualreg-picture-"));
  const browser = await openBrowser();
  try {
    const file = join(folder, "report.html");
    writeFileSync(file, RENDERERS.html({ ...report, stages }, { now: new Date(), toolVersion: "", folder: "" }));
    const page = await browser.newPage({ viewport: SIZE, colorScheme: "light" });
    await page.goto(pathToFileURL(file).href);
    await page.screenshot({ path: PICTURE });
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
