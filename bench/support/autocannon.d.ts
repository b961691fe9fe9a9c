/** What the bench uses of autocannon, which brings no types. Source: its README, "Programmatic usage". */
declare module "autocannon" {
  interface Result {
    errors: number;
    timeouts: number;
    non2xx: number;
  }
  interface Instance {
    on: (
      event: "response",
      heard: (client: unknown, status: number, bytes: number, milliseconds: number) => void,
    ) => this;
  }
  function autocannon(
    options: { url: string; connections: number; amount?: number; duration?: number },
    done: (error: Error | null, result: Result) => void,
  ): Instance;
  export = autocannon;
}
