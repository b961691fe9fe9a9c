import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { SandboxReport } from "../../../samples/sandbox/report";

/** A page that a reader comes to. */
export type Step = "registries" | "tags" | "image" | "origin";

/**
 * Goes through a sandbox's console as a reader does, by its links: from both registries to the secure image, and to the
 * page that says where its digest stands.
 *
 * @param onStep what is done with each page
 */
export async function walkConsole(
  page: Page,
  { console: { address }, images, product, stage }: SandboxReport,
  onStep: (step: Step) => Promise<void>,
): Promise<void> {
  const [secure] = images;
  assert.ok(secure);
  await page.goto(address);
  assert.match(await page.title(), new RegExp(`${product}|${stage}`));
  await onStep("registries");
  await page.getByRole("link", { name: secure.repository, exact: true }).first().click();
  await onStep("tags");
  await page.getByRole("link", { name: secure.tag, exact: true }).first().click();
  await page.getByText(secure.digest).first().waitFor();
  await onStep("image");
  await page.goto(`${address}/origin`);
  await page.getByRole("textbox", { name: "Digest" }).fill(secure.digest);
  await page.getByRole("button", { name: "Look" }).click();
  await page.getByText("Which registry holds it").waitFor();
  await onStep("origin");
}
