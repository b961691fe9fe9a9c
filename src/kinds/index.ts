/** The face of this room: what each kind of registry's own interface says of its settings. */
import type { RegistryKind } from "../domain/image/registryKind";
import { none, type RegistrySettings } from "../domain/settings/registrySettings";
import type { CredentialSource, Environment } from "../oci";
import { API_TIMEOUT, apiTransport, openApi } from "./api";
import { readDockerHub } from "./dockerhub";
import { readEcr } from "./ecr";
import { readGar } from "./gar";
import { readGhcr } from "./ghcr";
import { readGitlab } from "./gitlab";
import { readHarbor } from "./harbor";
import { probeReferrers, readByProbe } from "./probes";
import { readQuay } from "./quay";
import type { ReadKind, RepositoryPath } from "./types";

const READERS: Readonly<Record<RegistryKind, ReadKind>> = {
  acr: readByProbe("acr"),
  ghcr: readGhcr,
  ecr: readEcr,
  gar: readGar,
  quay: readQuay,
  harbor: readHarbor,
  gitlab: readGitlab,
  dockerhub: readDockerHub,
  distribution: readByProbe("distribution"),
};

/** Kinds of which many versions run anywhere: the others are known to have the referrers API, or not to. */
const PROBED: readonly RegistryKind[] = ["quay", "harbor", "gitlab", "distribution"];

/** A registry whose settings are read, and who asks. */
export interface SettingsQuestion {
  kind: RegistryKind;
  host: string;
  repositories: readonly RepositoryPath[];
  env: Environment;
  credentials: CredentialSource;
  /** Where the kind's interface is, in place of its usual address. */
  api?: string;
  now: Date;
  /** Milliseconds for one answer. Default 30,000. */
  timeout?: number;
}

/**
 * Reads what a registry's own interface says of its settings. It sends read-only requests, with a token that goes to that
 * interface alone, and does not fail: a setting that could not be read says why.
 *
 * @throws DualRegistryError CONTENT_INVALID for an address in plain text
 */
export async function readSettings(question: SettingsQuestion): Promise<RegistrySettings> {
  const { kind, host, repositories, env, credentials, api, now, timeout = API_TIMEOUT } = question;
  const transport = apiTransport(timeout);
  try {
    const context = { host, repositories, env, credentials, timeout, ...(api !== undefined && { api }) };
    const reading = await READERS[kind]({ ...context, open: (base) => openApi(base, transport, timeout) });
    const [first] = repositories;
    return {
      ...{ kind, host, readAt: now.toISOString(), repositories: reading.repositories },
      token: reading.token ?? none(`${kind} says nothing of the login that asked`),
      referrers:
        first !== undefined && PROBED.includes(kind)
          ? await probeReferrers(host, first.path, { credentials, timeout })
          : none(`of ${kind} it is known`),
    };
  } finally {
    await transport.close();
  }
}
