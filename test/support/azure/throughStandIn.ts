import { createDefaultHttpClient, type HttpClient } from "@azure/core-rest-pipeline";
import type { AzureAccount } from "../../../src/azure/account";
import { Mint } from "./mint";

/** Hosts of Azure that requests were meant for, as the SDKs addressed them, in order. */
export interface Redirected extends AzureAccount {
  hosts: string[];
  credential: Mint;
}

/**
 * An account whose requests go to a stand-in over real HTTP. The SDKs still see `https` addresses: they give a token to
 * nobody else; links in answers lead back to where they would lead.
 */
export function throughStandIn(url: string, mint = new Mint()): Redirected {
  const real = createDefaultHttpClient();
  const hosts: string[] = [];
  const httpClient: HttpClient = {
    sendRequest: async (request) => {
      const wanted = new URL(request.url);
      hosts.push(wanted.host);
      request.url = `${url}${wanted.pathname}${wanted.search}`;
      request.allowInsecureConnection = true;
      try {
        const answer = await real.sendRequest(request);
        for (const [name, value] of answer.headers) answer.headers.set(name, value.replaceAll(url, wanted.origin));
        return { ...answer, request, bodyAsText: answer.bodyAsText?.replaceAll(url, wanted.origin) ?? null };
      } finally {
        request.url = wanted.href;
      }
    },
  };
  return {
    credential: mint,
    httpClient,
    hosts,
    retryOptions: { maxRetries: 3, retryDelayInMs: 1, maxRetryDelayInMs: 5 },
  };
}
