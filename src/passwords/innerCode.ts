import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { z } from "zod";

/** Carries a vault's innermost word for a refusal to who handles the error. */
const HEADER = "x-inner-code";

const refusal = z.object({ error: z.object({ innererror: z.object({ code: z.string().regex(/^\w{1,60}$/) }) }) });

/**
 * Keeps why a vault refuses: for want of a role, which comes with time, or by its firewall, which does not. The SDK
 * throws it away where it reads a list.
 */
export const keepInnerCode: PipelinePolicy = {
  name: "keepInnerCode",
  sendRequest: async (request, next) => {
    const response = await next(request);
    if (response.status !== 403) return response;
    try {
      const said = refusal.safeParse(JSON.parse(response.bodyAsText ?? ""));
      if (said.success) response.headers.set(HEADER, said.data.error.innererror.code);
    } catch {
      // No JSON says nothing more.
    }
    return response;
  },
};

/** What {@link keepInnerCode} kept for an SDK's error. */
export function innerCodeOf(error: unknown): string | undefined {
  const kept = z.object({ response: z.object({ headers: z.custom<Headed>(isHeaded) }) }).safeParse(error);
  return kept.success ? kept.data.response.headers.get(HEADER) : undefined;
}

interface Headed {
  get(name: string): string | undefined;
}

const isHeaded = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "get" in value && typeof value.get === "function";
