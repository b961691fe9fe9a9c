"use strict";
// Loads TypeScript as the command line does, so that what is measured is what people run.
require("tsx/cjs");
require("./mirrorAll.ts");
