import { status, type handleUnaryCall } from "@grpc/grpc-js";
import { WireError } from "../../../src/preview/record/unary";

/** A handler that also knows who asks; whatever it throws becomes the answer's error. */
export function answer<Request, Response>(
  handle: (request: Request, peer: string) => Response,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    try {
      callback(null, handle(call.request, call.getPeer()));
    } catch (error) {
      const details = error instanceof Error ? error.message : String(error);
      callback({ code: error instanceof WireError ? error.code : status.UNKNOWN, details });
    }
  };
}

/** A handler for what no stand-in offers. */
export function unimplemented(method: string): handleUnaryCall<unknown, never> {
  return answer(() => {
    throw new WireError(status.UNIMPLEMENTED, `${method} is not offered by the stand-ins`);
  });
}
