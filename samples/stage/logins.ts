import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputsSchema } from "../../src/outputs";
import { IMAGE_CLASSES, type ImageClass, type MappedImage, patternMatches } from "../../src/domain/image/imageClass";
import type { AccessRow } from "../../src/domain/identity/accessMatrix";
import type { AccessAction } from "../../src/domain/identity/roles";
import type { RealmOptions } from "../../test/support/registries/tokenRealm";
import type { PlannedOutputs } from "./plan";

/** Somebody who may log in at one registry of one stage. */
export type Login = Pick<AccessRow, "who" | "purpose" | "stage" | "registry" | "actions" | "repositories">;

type User = RealmOptions["users"][number];

/** What each action is called in a scope. Distribution lists tags for who may pull, and has no locks. */
const SCOPES: Readonly<Record<AccessAction, readonly ("pull" | "push" | "delete")[]>> = {
  ...{ pull: ["pull"], push: ["push"], delete: ["delete"], list: ["pull"], lock: [] },
};

const asPattern = (repository: string): RegExp =>
  new RegExp(repository.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".+"));

const all = { actions: ["pull", "push"], repositories: ["*"] } as const;

/** A login beside those of the plan, good for all of both registries of a stage. */
export const loginBeside = (who: string, stage: string, actions: readonly AccessAction[]): readonly Login[] =>
  IMAGE_CLASSES.map((registry) => ({ who, purpose: "review", stage, registry, actions, repositories: ["*"] }));

/** Names for those whom a plan does not have: a stage whose registries are only named has neither identities nor tokens. */
const MADE_UP = { publish: "sandbox-publish", promote: "sandbox-promote", pull: "sandbox-pull" } as const;

/**
 * Who may do what in some stages: the lines of their access matrices that reach images, identities and tokens alike. For
 * a stage without any, somebody is made up who publishes, promotes and pulls.
 */
export function loginsOf(planned: ReadonlyMap<string, PlannedOutputs>): readonly Login[] {
  return [...planned].flatMap(([stage, outputs]): readonly Login[] => {
    const { access } = outputs;
    const rows = access === undefined ? [] : outputsSchema.shape.access.parse(access);
    const reaching = rows.filter(({ actions }) => actions.length > 0);
    return reaching.length > 0 ? reaching : madeUp(stage, [...planned.keys()]);
  });
}

function madeUp(stage: string, stages: readonly string[]): readonly Login[] {
  const before = stages[stages.indexOf(stage) - 1];
  return IMAGE_CLASSES.flatMap((registry): readonly Login[] => [
    { who: MADE_UP.publish, purpose: "publish", stage, registry, ...all },
    { who: MADE_UP.promote, purpose: "promote", stage, registry, ...all },
    ...(before === undefined
      ? []
      : [{ who: MADE_UP.promote, purpose: "promote" as const, stage: before, registry, ...all }]),
    { who: MADE_UP.pull, purpose: "pull", stage, registry, actions: ["pull"], repositories: ["*"] },
  ]);
}

/** Who does something at a class's registry of a stage. @throws Error where nobody may */
export function whoMay(
  logins: readonly Login[],
  purpose: Login["purpose"],
  stage: string,
  registry: ImageClass,
): string {
  const found = logins.find(
    (login) =>
      login.purpose === purpose &&
      login.stage === stage &&
      login.registry === registry &&
      login.actions.includes("push"),
  );
  if (found === undefined) throw new Error(`Nobody may ${purpose} to the ${registry} registry of ${stage} by its plan`);
  return found.who;
}

/** Whose login reads the most of a stage's images, both classes counted: the first of several. */
export function widestReader(logins: readonly Login[], stage: string, images: readonly MappedImage[]): string {
  const readers = [
    ...new Set(logins.filter((one) => one.stage === stage && one.purpose === "pull").map(({ who }) => who)),
  ];
  const reach = (who: string): number => images.filter((image) => mayPull(logins, who, stage, image)).length;
  const [first = MADE_UP.pull, ...others] = readers;
  return others.reduce((best, who) => (reach(who) > reach(best) ? who : best), first);
}

/** True where somebody may pull an image at a registry. Default: that of its class */
export const mayPull = (
  logins: readonly Login[],
  who: string,
  stage: string,
  image: MappedImage,
  registry: ImageClass = image.class,
): boolean =>
  logins.some(
    (login) =>
      login.who === who &&
      login.stage === stage &&
      login.registry === registry &&
      login.actions.includes("pull") &&
      login.repositories.some((pattern) => pattern === "*" || patternMatches(pattern, image.repository)),
  );

/** Passwords by place and name, made up for this run and written nowhere but into {@link writeLogins}' files. */
export class Passwords {
  private readonly made = new Map<string, string>();

  of(stage: string, registry: ImageClass, who: string): string {
    const key = [stage, registry, who].join(" ");
    const password = this.made.get(key) ?? randomBytes(24).toString("base64url");
    this.made.set(key, password);
    return password;
  }
}

/** The users of a registry's realm, with what their scopes are good for. */
export function usersOf(logins: readonly Login[], stage: string, registry: ImageClass, passwords: Passwords): User[] {
  const here = logins.filter((login) => login.stage === stage && login.registry === registry);
  return [...new Set(here.map(({ who }) => who))].map((who) => ({
    ...{ username: who, password: passwords.of(stage, registry, who) },
    grants: here
      .filter((login) => login.who === who)
      .flatMap(({ repositories, actions }) =>
        repositories.map((repository) => ({
          repository: asPattern(repository),
          actions: [...new Set(actions.flatMap((action) => SCOPES[action]))],
        })),
      ),
  }));
}

/**
 * Writes a folder for each login, to be named by DOCKER_CONFIG: what Docker, Podman, skopeo and dualreg read.
 *
 * @param hostOf the host of a registry, undefined where it does not run
 * @returns the names
 */
export function writeLogins(
  folder: string,
  logins: readonly Login[],
  passwords: Passwords,
  hostOf: (stage: string, registry: ImageClass) => string | undefined,
): readonly string[] {
  const names = [...new Set(logins.map(({ who }) => who))].filter((who) => /^[a-z0-9][a-z0-9-]*$/.test(who));
  for (const name of names) {
    const auths: Record<string, { auth: string }> = {};
    for (const { who, stage, registry } of logins) {
      const host = who === name ? hostOf(stage, registry) : undefined;
      if (host === undefined) continue;
      auths[host] = { auth: Buffer.from(`${who}:${passwords.of(stage, registry, who)}`).toString("base64") };
    }
    mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, name, "config.json"), JSON.stringify({ auths }), { mode: 0o600 });
  }
  return names;
}
