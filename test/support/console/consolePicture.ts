import { join, resolve } from "node:path";
import { openBrowser } from "../browser";
import { showConsole } from "./shown";
import { stageWithImages } from "./stageWithImages";

const DOCS = resolve(__dirname, "../../../docs");
const WIDE = { width: 1180, height: 1000 };
const PHONE = { width: 390, height: 844 };

/**
 * Takes the pictures of the console in README, docs/console.md and docs/console-search.md: a signed image of two platforms, in a stage of two
 * registries on this computer; whose images the search finds; and on a phone, in the dark, where a digest in both came from. Run it by `node --import tsx test/support/console/consolePicture.ts`.
 */
async function main(): Promise<void> {
  const stage = await stageWithImages();
  const shown = await showConsole(stage.ground);
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: WIDE, colorScheme: "light" });
    await page.goto(`${shown.address}/r/orders/api:v1.2.3`);
    await page.screenshot({ path: join(DOCS, "console.png") });
    await page.goto(`${shown.address}/search?in=owner&q=orders`);
    while (!((await page.textContent("main")) ?? "").includes("whole")) await page.reload();
    await page.screenshot({ path: join(DOCS, "console-search.png") });
    const twin = await stage.ground.repository("secure", "orders/api").resolve("twin");
    const phone = await browser.newPage({ viewport: PHONE, colorScheme: "dark" });
    await phone.goto(`${shown.address}/origin?digest=${twin?.digest ?? ""}`);
    await phone.screenshot({ path: join(DOCS, "console-phone.png") });
  } finally {
    await browser.close();
    await shown.stop();
    await stage.end();
  }
}

void main();
