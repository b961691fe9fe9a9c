import { RunError } from "@pulumi/pulumi";
import { escapeUnsafeLines } from "./text/unsafe";

/**
 * An error for Pulumi whose message is all there is to see. It has no stack: Pulumi shows none, yet colours it, over which
 * util.inspect of Node 20.20 spends 20 seconds on the paths in it. And its message is fixed: the SDK would put in front of
 * it the names of the properties that it happened to be serialising when it met the error.
 */
export function messageOnlyError(message: string): RunError {
  const text = escapeUnsafeLines(message);
  const error = Object.assign(new RunError(text), { stack: "" });
  return Object.defineProperty(error, "message", { get: () => text, set: () => undefined });
}
