import { resolve } from "node:path";
import { openBrowser } from "../browser";
import { showConsole } from "./shown";
import { stageWithImages } from "./stageWithImages";

const PICTURE = resolve(__dirname, "../../../docs/console.png");
const SIZE = { width: 1180, height: 1180 };

/**
 * Takes the picture of the console that README shows: a signed image of two platforms, in a stage of two registries on
 * this computer. Run it by `node --import tsx test/support/console/consolePicture.ts`.
 */
async function main(): Promise<void> {
  const stage = await stageWithImages();
  const shown = await showConsole(stage.ground);
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: SIZE, colorScheme: "light" });
    await page.goto(`${shown.address}/r/orders/api:v1.2.3`);
    await page.screenshot({ path: PICTURE });
  } finally {
    await browser.close();
    await shown.stop();
    await stage.end();
  }
}

void main();
