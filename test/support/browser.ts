import { type Browser, chromium } from "playwright-core";
import { findTool } from "./registries/findTool";
import { describeWith } from "./registries/skipWithout";

/** Names that Chromium goes by; Debian's is the one that is installed. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"] as const;

/** Where Chromium is; undefined where there is none. */
function findBrowser(): string | undefined {
  return NAMES.map((name) => findTool(name)).find((path) => path !== undefined);
}

/** Starts the real browser, without its sandbox where it runs as root, which Chromium refuses otherwise. */
export function openBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error('no Chromium was found: "npm run setup" installs it');
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath, args });
}

/**
 * A suite that needs Chromium: where it is missing it is skipped by name, and in CI it fails.
 *
 * @param tools what it needs beside that. Default: nothing
 */
export function describeInBrowser(
  title: string,
  body: (this: Mocha.Suite) => void,
  tools: readonly string[] = [],
): void {
  describeWith([...(findBrowser() === undefined ? ["chromium"] : []), ...tools], title, body);
}
