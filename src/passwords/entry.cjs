"use strict";
// What the engine's process for dynamic resources loads. It knows no TypeScript, so tsx comes first.
require("tsx/cjs");
const { TokenPasswordProvider } = require("./provider.ts");
module.exports = new TokenPasswordProvider();
