#!/usr/bin/env node
"use strict";
// The command line is TypeScript without a build step: tsx transpiles what is loaded, and nothing else.
require("tsx/cjs");
require("../src/cli/main.ts");
