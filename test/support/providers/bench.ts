import { ProviderClient } from "./client";
import { type Providers, startProviders } from "./startProviders";

/** The stand-ins with a client for each. */
export interface TestBench extends Providers {
  azure: ProviderClient;
  github: ProviderClient;
  kubernetes: ProviderClient;
  /** The client that serves a type. */
  of: (type: string) => ProviderClient;
}

/** Starts stand-ins, hands them on, and ends them afterwards whatever happened. */
export async function withProviders(use: (bench: TestBench) => Promise<void>): Promise<void> {
  const providers = await startProviders();
  const azure = new ProviderClient(providers.debugProviders, "azure-native");
  const github = new ProviderClient(providers.debugProviders, "github");
  const kubernetes = new ProviderClient(providers.debugProviders, "kubernetes");
  const byPackage: Readonly<Record<string, ProviderClient>> = { "azure-native": azure, github, kubernetes };
  const of = (type: string) => byPackage[type.split(":")[0] ?? ""] ?? github;
  try {
    await use({ ...providers, azure, github, kubernetes, of });
  } finally {
    azure.close();
    github.close();
    kubernetes.close();
    await providers.close();
  }
}
