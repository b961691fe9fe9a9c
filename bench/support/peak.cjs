"use strict";
// Loaded into a measured process: leaves its peak memory and how much TypeScript it loaded where the bench finds it.
const { readFileSync, writeFileSync } = require("node:fs");

const file = process.env.DUALREG_BENCH_PEAK;
const lines = (name) => readFileSync(name, "utf8").split("\n").length;

if (file) {
  process.on("exit", () => {
    const loaded = Object.keys(require.cache).filter((name) => name.endsWith(".ts"));
    const loadedLines = loaded.reduce((sum, name) => sum + lines(name), 0);
    writeFileSync(file, JSON.stringify({ maxRSS: process.resourceUsage().maxRSS, loadedLines }));
  });
}
