/**
 * Keeps Pulumi's SDK from mapping a whole stack trace for every resource and promise.
 *
 * The SDK takes a trace to note where each resource was written, and one for each promise in case it never settles.
 * The TypeScript runtime maps every frame of each, for which it parses the source maps of all SDK files on the way.
 * Nothing reads them, and they are a third of the program's time: see docs/adr/0003-a-fast-program.md. Traces of real
 * errors are mapped as before, and PULUMI_DEBUG_PROMISE_LEAKS, which does read the promises' traces, gives all of them.
 */
const SDK_NOTES = /[\\/]@pulumi[\\/]pulumi[\\/](?:resource|runtime[\\/]debuggable)\.js$/;

function install(mapped: (error: Error, frames: NodeJS.CallSite[]) => unknown): void {
  Error.prepareStackTrace = (error, frames) => {
    const noted = error.message === "" && SDK_NOTES.test(frames[0]?.getFileName() ?? "");
    return noted ? "Error" : mapped(error, frames);
  };
}

const mapped: unknown = Reflect.get(Error, "prepareStackTrace");
if (typeof mapped === "function" && !process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) {
  install((error, frames) => Reflect.apply(mapped, Error, [error, frames]));
}
