"use strict";
// Loaded into a measured process: leaves its peak memory where the bench finds it.
const { writeFileSync } = require("node:fs");

const file = process.env.DUALREG_BENCH_PEAK;

if (file) {
  process.on("exit", () => writeFileSync(file, JSON.stringify({ maxRSS: process.resourceUsage().maxRSS })));
}
