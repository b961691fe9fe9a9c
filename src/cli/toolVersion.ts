import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fieldsOf } from "../base/json";

/** The version of this project. */
export function toolVersion(): string {
  const { version } = fieldsOf(
    JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8")) as unknown,
  );
  return typeof version === "string" ? version : "unknown";
}
