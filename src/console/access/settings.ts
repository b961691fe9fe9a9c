import { z } from "zod";
import { isLoopback, isRepository } from "../../base/reference";
import { patternMatches, type RepositoryPattern } from "../../domain/image/imageClass";
import { MACHINE_TOKEN_REFRESH_SECONDS } from "./machineTokens";

/** Paths of the login, below the console's own address. */
export const LOGIN_PATH = "/login";
export const CALLBACK_PATH = "/login/callback";
export const LOGOUT_PATH = "/logout";
/** Where the provider sends a browser back to after it has signed out there. */
export const SIGNED_OUT_PATH = "/login/ended";

const isSafeAddress = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== "" || url.password !== "" || url.hash !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.host));
};

const address = z
  .string()
  .max(2_000)
  .refine(isSafeAddress, "allowed: an https address without user or fragment, or http on this computer");

const redirectUrl = address.refine((text) => {
  const url = new URL(text);
  return url.pathname === CALLBACK_PATH && url.search === "";
}, `allowed: the console's own address with the path ${CALLBACK_PATH}, such as https://console.example.com${CALLBACK_PATH}`);

const text = z.string().min(1).max(500);
const file = z.string().min(1).max(1_000);
const count = (least: number, most: number) => z.number().int().min(least).max(most);

/** True for a repository, or all below a path: `orders/api`, `orders/*`. */
export const isRepositoryPattern = (pattern: string): boolean =>
  isRepository(pattern.endsWith("/*") ? pattern.slice(0, -2) : pattern);

/** What a repository pattern looks like, for messages. */
export const PATTERN_FORM = "a repository such as orders/api, or all below a path such as orders/*";

/** Everything. Allowed to people and workloads, whose rights end with the provider; never in a machine token. */
const EVERYTHING = "*";

const grant = z.strictObject({
  /** The group or role, as the claim names it: for Entra ID the group's object id, or the role's value. */
  value: text,
  /** What it may read: repositories, all below a path, or `*`. */
  repositories: z
    .array(
      z
        .string()
        .refine((pattern) => pattern === EVERYTHING || isRepositoryPattern(pattern), `allowed: ${PATTERN_FORM}, or *`),
    )
    .min(1)
    .max(500),
});

/** Signatures by the provider's own key. None that both sides know a secret of: such a secret would be a public key here. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"] as const;

/** Who may come in, and how. Nothing here is a secret: those are in files that are mounted. */
export const accessSettings = z
  .strictObject({
    /** Whoever comes without a credential reads everything. Absent: nobody does. */
    anonymous: z.literal("read").exactOptional(),
    /** The identity provider, by its issuer. It is needed for people and for workloads' tokens. */
    issuer: address.exactOptional(),
    /** The claim that names groups or roles. @default groups */
    claim: text.default("groups"),
    /** What each group or role may read. Who has none of them comes in nowhere. */
    grants: z.array(grant).max(1_000).default([]),
    /** People, in a browser. */
    login: z
      .strictObject({
        clientId: text,
        /** Absent for a public client; PKCE is used either way. Read anew at each login. */
        clientSecretFile: file.exactOptional(),
        redirectUrl,
        scope: text.default("openid profile"),
        /** Folder of the keys of sessions: a key a file, 32 random bytes in base64. The last by name encrypts, all decrypt. */
        sessionKeys: file,
        /** Minutes without a request after which a session ends. */
        idleMinutes: count(1, 24 * 60).default(30),
        /** Hours after which a session ends, used or not. */
        absoluteHours: count(1, 24 * 7).default(8),
      })
      .exactOptional(),
    /** Workloads, with a JWT of the provider. */
    bearer: z
      .strictObject({
        /** Whom the token is for: this console's API, never the client that people log in with. */
        audience: text,
        algorithms: z.array(z.enum(ALGORITHMS)).min(1).default(["RS256", "PS256", "ES256"]),
        /** The token's `typ`. Entra ID says `JWT`; RFC 9068 says `at+jwt`. */
        typ: z.enum(["at+jwt", "JWT"]).default("at+jwt"),
        /** Seconds that the provider's clock may differ. */
        toleranceSeconds: count(0, 120).default(30),
      })
      .exactOptional(),
    /** Tokens that `dualreg console token issue` makes: in a vault, or in a folder of this computer. */
    machineTokens: z.union([z.strictObject({ vault: address }), z.strictObject({ folder: file })]).exactOptional(),
    /** Seconds after which the list of machine tokens is read anew: a revoked one ends by then. */
    machineTokenSeconds: count(1, 600).default(MACHINE_TOKEN_REFRESH_SECONDS),
  })
  .check(({ value, issues }) => {
    const wants = (["login", "bearer"] as const).filter((key) => value[key] !== undefined);
    const fail = (path: string, message: string) =>
      void issues.push({ code: "custom", input: value, path: [path], message });
    if (wants.length > 0 && value.issuer === undefined) fail("issuer", `needed for ${wants.join(" and ")}`);
    if (wants.length > 0 && value.grants.length === 0)
      fail("grants", "empty: nobody could read anything; name a group");
    if (value.bearer !== undefined && value.bearer.audience === value.login?.clientId) {
      fail("bearer", "audience is login.clientId: ID tokens of people would count; name the API's own audience");
    }
    if (wants.length === 0 && value.machineTokens === undefined && value.anonymous === undefined) {
      fail("login", "nobody could come in; set login, bearer or machineTokens, or anonymous: read");
    }
  });

/** Who may come in, and how, decoded. */
export type AccessSettings = z.infer<typeof accessSettings>;

/** Groups and roles of a token's claim that stand for something here, in the order of the settings. */
export function grantedValues({ claim, grants }: AccessSettings, claims: Readonly<Record<string, unknown>>): string[] {
  const own = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const values = new Set(Array.isArray(own) ? own : typeof own === "string" ? own.split(" ") : []);
  return grants.map(({ value }) => value).filter((value) => values.has(value));
}

/** What these groups and roles may read, as the settings say now. */
export function readerOf({ grants }: AccessSettings, values: readonly string[]): (repository: string) => boolean {
  return patternReader(
    grants.filter(({ value }) => values.includes(value)).flatMap(({ repositories }) => repositories),
  );
}

/** Whether one of some patterns stands for a repository. */
export const patternReader =
  (patterns: readonly RepositoryPattern[]) =>
  (repository: string): boolean =>
    patterns.some((pattern) => pattern === EVERYTHING || patternMatches(pattern, repository));
