import { randomBytes } from "node:crypto";
import { defined } from "../../../src/base/defined";
import type { Mint } from "./mint";
import { type ApiAnswer, type ApiRequest, type ApiService, failure, page } from "./standIn";

/** One version of a secret. */
export interface StoredVersion {
  version: string;
  value: string;
  contentType?: string;
  tags: Record<string, string>;
  enabled: boolean;
  /** Seconds since 1970. */
  exp?: number;
  created: number;
}

interface Stored {
  versions: StoredVersion[];
  deleted: boolean;
  /** How often it is still not found after a deletion or a recovery was asked for. */
  settling: number;
}

type Body = { value?: string; tags?: Record<string, string>; contentType?: string; attributes?: Attributes };
interface Attributes {
  enabled?: boolean;
  exp?: number;
}

const CHALLENGE =
  'Bearer authorization="https://login.example.com/00000000-0000-0000-0000-0000000000ff", resource="https://vault.azure.net"';

/** A vault with soft delete: secrets in versions, nothing without a token, and a challenge to who brings none. */
export class KeyVault {
  private readonly secrets = new Map<string, Stored>();
  /** Versions on a page. */
  pageSize = 2;
  /** Requests of whoever has no right yet are refused so often. */
  forbidden = 0;
  /** Paths of reads that brought a value. */
  readonly valuesRead: string[] = [];

  constructor(
    private readonly mint: Pick<Mint, "refusal">,
    private readonly now: () => number = Date.now,
  ) {}

  /** What a consumer gets now; `undefined` where there is nothing to get. */
  latest(name: string): StoredVersion | undefined {
    const stored = this.secrets.get(name);
    return stored === undefined || stored.deleted ? undefined : stored.versions.at(-1);
  }

  versions(name: string): readonly StoredVersion[] {
    return this.secrets.get(name)?.versions ?? [];
  }

  isDeleted(name: string): boolean {
    return this.secrets.get(name)?.deleted ?? false;
  }

  /** Puts a version there as somebody else would. */
  plant(name: string, version: Partial<StoredVersion>): void {
    const stored = this.secrets.get(name) ?? { versions: [], deleted: false, settling: 0 };
    stored.versions.push({ ...this.fresh(), value: "planted", tags: {}, enabled: true, ...version });
    this.secrets.set(name, stored);
  }

  readonly service: ApiService = (request) => {
    const [, kind, name = "", rest = ""] =
      /^\/(secrets|deletedsecrets)(?:\/([0-9a-zA-Z-]+)\/?([a-z0-9]*)|\/?)$/.exec(request.path) ?? [];
    if (kind === undefined) return undefined;
    const refusal = this.mint.refusal(request, CHALLENGE);
    if (refusal) return refusal;
    if (this.forbidden > 0) {
      this.forbidden -= 1;
      const error = { code: "Forbidden", message: "Caller is not authorized", innererror: { code: "ForbiddenByRbac" } };
      return { status: 403, body: { error } };
    }
    if (name === "") return kind === "secrets" && request.method === "GET" ? this.list(request) : undefined;
    const stored = this.secrets.get(name);
    return kind === "secrets" ? this.live(request, name, rest, stored) : this.gone(request, name, rest, stored);
  };

  /** Source: Key Vault REST API, Get Secrets: the newest version's facts, under an id without a version and no value. */
  private list(request: ApiRequest): ApiAnswer {
    const items = [...this.secrets].flatMap(([name, { versions, deleted }]) => {
      const last = versions.at(-1);
      if (last === undefined || deleted) return [];
      return [{ ...view(request, name, last), id: `${request.origin}/secrets/${name}` }];
    });
    return page(request, items, this.pageSize);
  }

  private live(request: ApiRequest, name: string, rest: string, stored: Stored | undefined): ApiAnswer | undefined {
    if (request.method === "PUT") return this.set(request, name, stored);
    if (request.method === "GET" && rest === "versions") {
      const all = stored === undefined || stored.deleted ? [] : [...stored.versions].reverse();
      return page(
        request,
        all.map((version) => view(request, name, version)),
        this.pageSize,
      );
    }
    if (stored === undefined || stored.deleted || this.settles(stored)) {
      return failure(404, "SecretNotFound", `A secret with (name/id) ${name} was not found in this key vault.`);
    }
    if (request.method === "DELETE") {
      stored.deleted = true;
      stored.settling = 1;
      return { status: 200, body: deletedView(request, name, stored) };
    }
    const version = rest === "" ? stored.versions.at(-1) : stored.versions.find((one) => one.version === rest);
    if (version === undefined) return failure(404, "SecretNotFound", `Version ${rest} was not found`);
    if (request.method === "PATCH") {
      const { attributes, tags } = request.body as Body;
      if (attributes?.enabled !== undefined) version.enabled = attributes.enabled;
      if (tags !== undefined) version.tags = tags;
      return { status: 200, body: view(request, name, version) };
    }
    if (request.method !== "GET") return undefined;
    this.valuesRead.push(request.path);
    return { status: 200, body: { ...view(request, name, version), value: version.value } };
  }

  private set(request: ApiRequest, name: string, stored: Stored | undefined): ApiAnswer {
    if (stored?.deleted === true) {
      const error = {
        code: "Conflict",
        message: "Secret is deleted",
        innererror: { code: "ObjectIsDeletedButRecoverable" },
      };
      return { status: 409, body: { error } };
    }
    const { value = "", tags = {}, contentType, attributes } = request.body as Body;
    const { exp, enabled = true } = attributes ?? {};
    const said = { ...defined({ exp, contentType }) };
    const version: StoredVersion = { ...this.fresh(), value, tags, enabled, ...said };
    if (stored === undefined) this.secrets.set(name, { versions: [version], deleted: false, settling: 0 });
    else stored.versions.push(version);
    return { status: 200, body: { ...view(request, name, version), value } };
  }

  private gone(request: ApiRequest, name: string, rest: string, stored: Stored | undefined): ApiAnswer | undefined {
    if (stored?.deleted !== true || (request.method === "GET" && this.settles(stored))) {
      return failure(404, "SecretNotFound", `Deleted secret ${name} was not found`);
    }
    if (request.method === "GET") return { status: 200, body: deletedView(request, name, stored) };
    if (request.method !== "POST" || rest !== "recover") return undefined;
    stored.deleted = false;
    stored.settling = 1;
    const last = stored.versions.at(-1);
    return { status: 200, body: last === undefined ? {} : view(request, name, last) };
  }

  private settles(stored: Stored): boolean {
    return stored.settling-- > 0;
  }

  private fresh() {
    return { version: randomBytes(16).toString("hex"), created: Math.floor(this.now() / 1000) };
  }
}

function view(
  { origin }: ApiRequest,
  name: string,
  { version, contentType, tags, enabled, exp, created }: StoredVersion,
) {
  return {
    id: `${origin}/secrets/${name}/${version}`,
    tags,
    ...defined({ contentType }),
    attributes: {
      enabled,
      ...defined({ exp }),
      created,
      updated: created,
      recoveryLevel: "Recoverable",
    },
  };
}

function deletedView(request: ApiRequest, name: string, stored: Stored) {
  const last = stored.versions.at(-1);
  const recoveryId = `${request.origin}/deletedsecrets/${name}`;
  return {
    ...(last === undefined ? {} : view(request, name, last)),
    recoveryId,
    deletedDate: 1,
    scheduledPurgeDate: 2,
  };
}
