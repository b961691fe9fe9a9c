import { z } from "zod";
import { DualRegistryError } from "../base/errors";
import { limiter } from "../base/limit";
import { read, type Reading, unread, VISIBILITIES } from "../domain/settings/registrySettings";
import { githubFromEnvironment } from "../github/client";
import { type ReadKind, settingsOf, splitPath } from "./types";

const packageSchema = z.object({
  visibility: z.enum(VISIBILITIES),
  owner: z.object({ login: z.string().max(100) }),
});
type Package = z.infer<typeof packageSchema>;

/** An owner is an organisation or a user, and the path does not say which. */
const ROUTES = [
  "GET /orgs/{account}/packages/{package_type}/{package_name}",
  "GET /users/{account}/packages/{package_type}/{package_name}",
];
const NOT_SEEN =
  "GitHub: 404: there is no such package yet, or the token may not see it; needs read:packages, and in a workflow " +
  "Packages: read with the repository among those that may read the package";

/**
 * Reads visibility and owner of each package from GitHub's interface, with GITHUB_TOKEN. GitHub has no setting for
 * immutable tags, retention or scanning of a container. Source: GitHub REST API, "Get a package for an organization".
 */
export const readGhcr: ReadKind = async ({ repositories, env }) => {
  const limit = limiter(4);
  const ask = async (path: string): Promise<Reading<Package>> => {
    const [account, name] = splitPath(path);
    try {
      const github = githubFromEnvironment(env, { owner: account, name: "packages" }, () => undefined);
      for (const route of ROUTES) {
        const parameters = { account, package_type: "container", package_name: name };
        const found = await github.find(route, parameters, packageSchema);
        if (found !== undefined) return read(found, `package ${path}`);
      }
      return unread(NOT_SEEN);
    } catch (error) {
      if (error instanceof DualRegistryError) return unread(error.message);
      throw error;
    }
  };
  const settings = repositories.map((each) =>
    limit(async () => {
      const found = await ask(each.path);
      const [account] = splitPath(each.path);
      if (found.state !== "read") {
        return settingsOf("ghcr", each, `package ${each.path}`, { visibility: found, owner: found, place: found });
      }
      const { visibility, owner } = found.value;
      return settingsOf("ghcr", each, `package ${each.path}`, {
        visibility: read(visibility, `visibility: ${visibility}`),
        owner: read(owner.login, `owner: ${owner.login}`),
        place: read([{ part: "owner", wanted: account, found: owner.login }], owner.login),
      });
    }),
  );
  return { repositories: await Promise.all(settings) };
};
