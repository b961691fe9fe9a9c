import { RunError } from "@pulumi/pulumi";

/**
 * An error that is its message alone. It has no stack: Pulumi shows none, yet colours it, over which util.inspect of
 * Node 20.20 spends 20 seconds on the paths in it. And its message stays: the SDK would put in front of it the names of
 * the properties that it happened to be writing when it met the error.
 */
export function told(message: string): RunError {
  const error = Object.assign(new RunError(message), { stack: "" });
  return Object.defineProperty(error, "message", { get: () => message, set: () => undefined });
}
