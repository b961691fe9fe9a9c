import type { handleUnaryCall } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";

/** An answer that is an error: what the program's process gets to see, with gRPC's code for it. */
export class WireError extends Error {
  constructor(
    readonly code: status,
    message: string,
  ) {
    super(message);
    this.name = "WireError";
  }
}

/** A gRPC handler of a plain function; whatever it throws becomes the error answer. */
export function unary<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(handle)
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(asServiceError(error)),
      );
  };
}

function asServiceError(error: unknown): { code: status; details: string } {
  const details = error instanceof Error ? error.message : String(error);
  return { code: error instanceof WireError ? error.code : status.UNKNOWN, details };
}
