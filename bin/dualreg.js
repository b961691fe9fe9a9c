#!/usr/bin/env node
"use strict";
const { existsSync } = require("node:fs");
const { join, resolve } = require("node:path");
const { dependencies } = require("../package.json");

// Only a package whose folder is not there is told of: what is wrong inside one says so itself.
const isInstalled = (name) => module.paths.some((folder) => existsSync(join(folder, name, "package.json")));
const missing = Object.keys(dependencies).filter((name) => !isInstalled(name));

if (missing.length > 0) {
  const others = missing.length > 3 ? ` and ${missing.length - 3} more` : "";
  console.error(`dualreg cannot start: packages are not installed: ${missing.slice(0, 3).join(", ")}${others}`);
  console.error(`Run npm ci in ${resolve(__dirname, "..")}`);
  process.exitCode = 2;
} else {
  // The command line is TypeScript without a build step: tsx transpiles what is loaded, and nothing else.
  require("tsx/cjs");
  require("../src/cli/main.ts");
}
