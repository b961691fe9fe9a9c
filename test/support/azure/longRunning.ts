import type { ApiAnswer, ApiRequest, ApiService } from "./standIn";

/** Operations that Azure answers with 202 and that are asked after until they are done. */
export class LongRunning {
  private readonly running = new Map<
    string,
    { left: number; finish: () => unknown; result?: unknown; done: boolean }
  >();
  private count = 0;

  /**
   * @param polls how often an operation says that it is still running
   * @param style which header names where to ask: a status of its own, or the result itself
   */
  constructor(
    public polls = 1,
    public style: "azure-asyncoperation" | "location" = "azure-asyncoperation",
  ) {}

  /** Begins an operation; `finish` has the effect, and its value is the result that the last poll brings. */
  begin(request: ApiRequest, finish: () => unknown): ApiAnswer {
    const id = String(++this.count);
    this.running.set(id, { left: this.polls, finish, done: false });
    const url = `${request.origin}/operations/${this.style}/${id}?api-version=2026-01-01`;
    const result = `${request.origin}/operations/location/${id}?api-version=2026-01-01`;
    const status = this.style === "azure-asyncoperation" ? { "azure-asyncoperation": url } : {};
    return { status: 202, headers: { ...status, location: result, "retry-after": "0" }, body: {} };
  }

  /** The addresses that operations are asked at. */
  readonly service: ApiService = ({ path }) => {
    const [, style, id = ""] = /^\/operations\/([a-z-]+)\/(\d+)$/.exec(path) ?? [];
    const operation = this.running.get(id);
    if (operation === undefined) return undefined;
    if (operation.left > 0) {
      operation.left -= 1;
      const body = { status: "InProgress" };
      return { status: style === "location" ? 202 : 200, body, headers: { "retry-after": "0" } };
    }
    if (!operation.done) operation.result = operation.finish();
    operation.done = true;
    return { status: 200, body: style === "location" ? operation.result : { status: "Succeeded" } };
  };
}
