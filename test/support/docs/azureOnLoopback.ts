import http from "node:http";
import https from "node:https";

/**
 * Loaded before the command line: whatever it asks of Azure, the login included, goes over real HTTP to the stand-in at
 * DUALREG_TEST_AZURE. Everything else of the command line is as people run it.
 */
const { hostname, port } = new URL(process.env["DUALREG_TEST_AZURE"] ?? "");
const request = (options: https.RequestOptions, answered?: (answer: http.IncomingMessage) => void) =>
  http.request({ ...options, protocol: "http:", agent: undefined, host: hostname, hostname, port }, answered);

Object.assign(https, { request });
