import { styleText } from "node:util";
import type { ChangeKind } from "../change/changes";

/** What a piece of text is; its colour follows from it. */
export type Ink =
  "heading" | "type" | "name" | "key" | "option" | "secret" | "unknown" | "faint" | ChangeKind | "alarm" | "good";

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<Ink, Style>> = {
  heading: ["bold", "underline"],
  type: "cyan",
  name: "bold",
  key: "blue",
  option: "magenta",
  secret: "yellow",
  unknown: "gray",
  faint: "gray",
  create: "green",
  update: "yellow",
  replace: ["red", "bold"],
  "may-replace": "magenta",
  delete: "red",
  state: "cyan",
  alarm: ["red", "bold"],
  good: "green",
};

/** Colours text, or leaves it. */
export type Paint = (ink: Ink, text: string) => string;

/** A paint for a terminal with or without colours; who calls decides, the environment is not looked at. */
export function paintFor(color: boolean): Paint {
  return color ? (ink, text) => styleText(STYLES[ink], text, { validateStream: false }) : (_ink, text) => text;
}

/** Colours a line `key: value`, secrets and unknowns apart. */
export function paintLine(line: string, paint: Paint): string {
  const [, lead = "", key = "", rest = line] = /^([ -]*)([^\s:"]+:)?(.*)$/s.exec(line) ?? [];
  const value = rest
    .replaceAll("[secret]", () => paint("secret", "[secret]"))
    .replaceAll("[unknown]", () => paint("unknown", "[unknown]"));
  return lead + (key === "" ? "" : paint("key", key)) + value;
}
