import { join } from "node:path";
import { openBrowser } from "../browser";
import { ROOT, SandboxRun } from "./sandboxRun";
import { walkConsole } from "./walkConsole";

/** What is kept of the walk. */
const KEPT = ["registries", "image", "origin"];

/**
 * Takes the pictures of docs/sandbox.md: a walk through the console of a stage on this computer, in which a secure image
 * stands in the wrong registry. Run it by `node --import tsx test/support/samples/sandboxPicture.ts`.
 */
async function main(): Promise<void> {
  const sandbox = new SandboxRun(["--promote", "--fault"]);
  const browser = await openBrowser();
  try {
    const report = await sandbox.ready();
    const page = await browser.newPage({ viewport: { width: 1000, height: 640 }, colorScheme: "light" });
    await walkConsole(page, report, async (step) => {
      if (KEPT.includes(step)) await page.screenshot({ path: join(ROOT, "docs", `sandbox-${step}.png`) });
    });
  } finally {
    await browser.close();
    await sandbox.end();
  }
}

void main();
