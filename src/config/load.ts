import { Config, getProject, getRootDirectory, getStack, type Output } from "@pulumi/pulumi";
import { allConfig } from "@pulumi/pulumi/runtime/config";
import type { StageConfig } from "../domain/plan/stageConfig";
import { type RawConfig, readProjectFile, readProjectFiles, splitConfig } from "../project";
import { DualRegistryError } from "../base/errors";
import { decodeConfig } from "./decode";
import type { SecretKey } from "./keys";
import { ownerConflicts } from "./providers";
import { configWarnings } from "./warnings";

/** The values that stay encrypted, each only where it was given. */
export type StageSecrets = Readonly<Partial<Record<SecretKey, Output<string>>>>;

/** Keys of which the engine decrypted something; it tells the program in this variable. */
function secretKeys(): Set<string> {
  const keys: unknown = JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]");
  const texts = Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : [];
  return new Set(texts);
}

function rawConfig(project: string): RawConfig {
  return splitConfig(
    project,
    getStack(),
    allConfig(),
    secretKeys(),
    readProjectFiles(readProjectFile(getRootDirectory())),
  );
}

/**
 * Reads the configuration of the stack that runs. The only place that asks Pulumi for configuration.
 *
 * @returns with it, lines that say what can be deployed and is probably not meant
 * @throws DualRegistryError CONFIG_INVALID with every problem at once
 */
export function loadStageConfig(): { config: StageConfig; secrets: StageSecrets; warnings: readonly string[] } {
  const project = getProject();
  const config = decodeConfig(rawConfig(project));
  const conflicts = ownerConflicts(allConfig()["github:owner"] ?? "", process.env);
  if (config.gates.elsewhere === undefined && conflicts.length > 0) {
    throw new DualRegistryError("CONFIG_INVALID", conflicts.join("\n"));
  }
  const given = new Config(project);
  const authorization = given.getSecret("webhookAuthorization");
  const alertWebhook = given.getSecret("alertWebhook");
  return {
    config,
    warnings: configWarnings(config, new Date()),
    secrets: {
      ...(authorization ? { webhookAuthorization: authorization } : {}),
      ...(alertWebhook ? { alertWebhook } : {}),
    },
  };
}
