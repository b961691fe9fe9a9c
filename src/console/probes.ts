import { Hono } from "hono";
import type { ConsoleEnv } from "./app";
import type { Catalog } from "./model";

/** What the probes look at. */
export interface ProbeParts {
  health: Catalog["health"];
  /** In Prometheus' text format. */
  metricsText: () => Promise<string>;
  /** True once the process is about to end: it takes no new work. */
  isEnding: () => boolean;
}

/**
 * `/healthz` says that the process answers; `/readyz` that it can show images of one registry at least, and which one
 * it cannot; `/metrics` what it measured. Nothing of an image is in them, and no login stands before them.
 */
export function consoleProbes({ health, metricsText, isEnding }: ProbeParts): Hono<ConsoleEnv> {
  const probes = new Hono<ConsoleEnv>();
  const plain = { "cache-control": "no-store" };
  probes.get("/healthz", (context) => context.text("ok\n", 200, plain));
  probes.get("/readyz", async (context) => {
    const registries = (await health()).map(({ registry, part }) => ({
      class: registry.class,
      up: part.state === "ok",
    }));
    const ready = !isEnding() && registries.some(({ up }) => up);
    return context.json({ ready, registries }, ready ? 200 : 503, plain);
  });
  probes.get("/metrics", async (context) => {
    const type = "text/plain; version=0.0.4; charset=utf-8";
    return context.body(await metricsText(), 200, { ...plain, "content-type": type });
  });
  return probes;
}
