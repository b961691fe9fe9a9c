import { processIo } from "./io";
import { dualreg } from "./program";

void dualreg(process.argv.slice(2), processIo()).then((code) => {
  process.exitCode = code;
});
