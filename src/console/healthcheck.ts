/**
 * The text of the program that a container's runtime asks whether the console answers: exit 0, or 1. The console itself
 * takes no argument, and an image without a shell has nothing else to ask with.
 *
 * @param port what the console listens at
 */
export const healthcheckText = (port: number): string => `"use strict";
const { get } = require("node:http");
process.exitCode = 1;
const asked = get({ host: "127.0.0.1", port: ${port}, path: "/healthz", timeout: 3000 }, (answer) => {
  process.exitCode = answer.statusCode === 200 ? 0 : 1;
  answer.resume();
});
asked.on("timeout", () => asked.destroy()).on("error", () => undefined);
`;
