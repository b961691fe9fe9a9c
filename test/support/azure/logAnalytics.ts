import type { Mint } from "./mint";
import { type ApiAnswer, type ApiService, failure } from "./standIn";

/** One event of a registry, as Azure Monitor keeps it. */
export interface LogEvent {
  table: "ContainerRegistryRepositoryEvents" | "ContainerRegistryLoginEvents";
  at: Date;
  resourceId: string;
  operation?: string;
  repository?: string;
  digest?: string;
  identity?: string;
  userAgent?: string;
  /** Status of HTTP. Default 200. */
  result?: string;
}

/** A workspace that answers the queries of this program over the events it holds, as the service words its answers. */
export class LogWorkspace {
  readonly events: LogEvent[] = [];
  /** What its clock says; the real time by default. */
  clock = () => new Date();
  /** How many digests and identities it gives at most; more are cut off without a word, the worst that may happen. */
  mostRows = Infinity;
  /** While set, answers are partial and say this. */
  partial: string | undefined;

  constructor(
    private readonly workspaceId: string,
    private readonly mint: Mint,
  ) {}

  readonly service: ApiService = (request) => {
    if (request.method !== "POST" || request.path.toLowerCase() !== `/v1${this.workspaceId}/query`.toLowerCase()) {
      return undefined;
    }
    const refused = this.mint.refusal(request);
    if (refused) return refused;
    const { query } = request.body as { query: string };
    return this.answer(query);
  };

  private answer(query: string): ApiAnswer {
    const times = [...query.matchAll(/datetime\(([^)]+)\)/g)].map(([, at = ""]) => Date.parse(at));
    const resource = texts(query, "_ResourceId =~ ")[0]?.toLowerCase();
    const [from = 0, to = 0] = times;
    const seen = this.events.filter(
      ({ at, resourceId }) => at.getTime() >= from && at.getTime() <= to && resourceId.toLowerCase() === resource,
    );
    if (query.includes("project TimeGenerated, Repository")) return this.table(pulled(seen), PULLED);
    if (query.includes("LastPull")) return this.table(activity(query, seen), ACTIVITY);
    if (query.includes("LastLogin")) return this.table(logins(seen), LOGINS);
    if (query.includes("by Day")) return this.table(coverage(seen, this.clock()), COVERAGE);
    return failure(400, "BadArgumentError", "The request had some invalid properties");
  }

  private table(rows: readonly unknown[][], columns: readonly (readonly [string, string])[]): ApiAnswer {
    const described = columns.map(([name, type]) => ({ name, type }));
    const tables = [
      { name: "PrimaryResult", columns: described, rows: columns === COVERAGE ? rows : rows.slice(0, this.mostRows) },
    ];
    const inner = { code: "-2133196797", message: this.partial };
    const error = {
      code: "PartialError",
      message: "There were some errors when processing your query.",
      innererror: inner,
    };
    return { status: 200, body: { tables, ...(this.partial === undefined ? {} : { error }) } };
  }
}

const ACTIVITY = [
  ["Digest", "string"],
  ["LastPull", "datetime"],
  ["LastPush", "datetime"],
  ["Rows", "long"],
] as const;
const PULLED = [
  ["TimeGenerated", "datetime"],
  ["Repository", "string"],
  ["Digest", "string"],
  ["Identity", "string"],
  ["CorrelationId", "string"],
  ["Rows", "long"],
] as const;
const LOGINS = [
  ["Identity", "string"],
  ["LastLogin", "datetime"],
  ["Rows", "long"],
] as const;
const COVERAGE = [
  ...([
    ["Day", "datetime"],
    ["First", "datetime"],
    ["Last", "datetime"],
    ["FirstRepositoryEvent", "datetime"],
  ] as const),
  ...([
    ["FirstLoginEvent", "datetime"],
    ["Now", "datetime"],
  ] as const),
] as const;

/** The KQL literals behind a piece of a query, with its escapes undone. */
function texts(query: string, lead: string): string[] {
  const at = query.indexOf(lead);
  const list = at < 0 ? "" : (query.slice(at + lead.length).split("\n")[0] ?? "");
  const end = list.startsWith("(") ? list.indexOf(")") : list.length;
  return [...list.slice(0, end).matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replaceAll(/\\(.)/g, "$1"),
  );
}

const most = (times: readonly Date[]): string | null =>
  times.length === 0 ? null : new Date(Math.max(...times.map(Number))).toISOString();
const least = (times: readonly Date[]): string | null =>
  times.length === 0 ? null : new Date(Math.min(...times.map(Number))).toISOString();

function grouped(events: readonly LogEvent[], key: (event: LogEvent) => string): Map<string, LogEvent[]> {
  const groups = new Map<string, LogEvent[]>();
  for (const event of events) groups.set(key(event), [...(groups.get(key(event)) ?? []), event]);
  return groups;
}

function activity(query: string, seen: readonly LogEvent[]): unknown[][] {
  const [repository = ""] = texts(query, "Repository =~ ");
  const [own = ""] = texts(query, "UserAgent startswith ");
  const scanners = texts(query, "UserAgent has_any ").map((word) => word.toLowerCase());
  const identities = texts(query, "Identity in~ ").map((name) => name.toLowerCase());
  const counts = ({ operation = "", result = "200", userAgent = "", identity = "" }: LogEvent) => {
    if (result.startsWith("4") || !/^(?:Pull|Push$)/i.test(operation)) return false;
    if (operation === "Push") return true;
    const words = userAgent.toLowerCase().split(/[^a-z0-9]+/);
    const scanner = scanners.some((word) => words.includes(word));
    return !userAgent.startsWith(own) && !scanner && !(identity !== "" && identities.includes(identity.toLowerCase()));
  };
  const here = seen.filter((event) => event.repository?.toLowerCase() === repository.toLowerCase() && counts(event));
  const groups = [...grouped(here, ({ digest = "" }) => digest)];
  return groups.map(([digest, events]) => {
    const of = (pull: boolean) =>
      most(events.flatMap(({ at, operation }) => ((operation !== "Push") === pull ? at : [])));
    return [digest, of(true), of(false), groups.length];
  });
}

function pulled(seen: readonly LogEvent[]): unknown[][] {
  const pulls = seen.filter(({ table, operation = "", result = "200" }) => {
    return table === "ContainerRegistryRepositoryEvents" && operation.startsWith("Pull") && !result.startsWith("4");
  });
  return pulls.map(({ at, repository, digest, identity }, index) => {
    return [at.toISOString(), repository ?? "", digest ?? "", identity ?? "", `correlation-${index}`, pulls.length];
  });
}

function logins(seen: readonly LogEvent[]): unknown[][] {
  const fine = seen.filter(({ table, identity = "", result = "200" }) => {
    return table === "ContainerRegistryLoginEvents" && identity !== "" && !result.startsWith("4");
  });
  const groups = [...grouped(fine, ({ identity = "" }) => identity.toLowerCase())];
  return groups.map(([who, events]) => [who, most(events.map(({ at }) => at)), groups.length]);
}

function coverage(seen: readonly LogEvent[], now: Date): unknown[][] {
  const days = grouped(seen, ({ at }) => at.toISOString().slice(0, 10));
  return [...days].sort().map(([day, events]) => {
    const of = (wanted: LogEvent["table"]) => events.flatMap(({ at, table }) => (table === wanted ? at : []));
    const all = events.map(({ at }) => at);
    const [repository, login] = [of("ContainerRegistryRepositoryEvents"), of("ContainerRegistryLoginEvents")];
    return [`${day}T00:00:00Z`, least(all), most(all), least(repository), least(login), now.toISOString()];
  });
}
