import { type handleUnaryCall, status } from "@grpc/grpc-js";
import { WireError } from "../../../src/preview/record/wire";

/** A handler that also knows who asks; whatever it throws becomes the answer's error. */
export function answer<Request, Response>(
  handle: (request: Request, peer: string) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  const refused = (error: unknown) => ({
    code: error instanceof WireError ? error.code : status.UNKNOWN,
    details: error instanceof Error ? error.message : String(error),
  });
  return (call, callback) => {
    const peer = call.getPeer();
    new Promise<Response>((resolve) => resolve(handle(call.request, peer))).then(
      (response) => callback(null, response),
      (error: unknown) => callback(refused(error)),
    );
  };
}

/** A handler for what no stand-in offers. */
export function unimplemented(method: string): handleUnaryCall<unknown, never> {
  return answer(() => {
    throw new WireError(status.UNIMPLEMENTED, `${method} is not offered by the stand-ins`);
  });
}
