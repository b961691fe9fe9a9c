// Stands in for az, gh and pulumi: answers from world.json beside it as the real one would, and changes that world.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";

const [, script = "", ...args] = process.argv;
const file = join(dirname(script), "world.json");
const world = JSON.parse(readFileSync(file, "utf8"));
const line = args.join(" ");

const say = (text) => process.stdout.write(`${text}\n`);
const sayJson = (value) => say(JSON.stringify(value));
const keep = () => writeFileSync(file, JSON.stringify(world));

function fail(text, code = 1) {
  process.stderr.write(`${text}\n`);
  process.exitCode = code;
}

function editStage(stage, edit) {
  const path = `Pulumi.${stage}.yaml`;
  writeFileSync(path, edit(readFileSync(path, "utf8")));
}

const account = ({ id, name, state }) => ({
  id,
  name,
  state,
  user: { name: world.az.user.name, type: world.az.user.type },
});
const subscription = (id) => world.az.subscriptions.find((one) => one.id === id);

const AZ = [
  [
    /^account show --output json$/,
    () => {
      if (!world.az.user) return fail("ERROR: Please run 'az login' to setup account.");
      return sayJson(account(world.az.subscriptions[0]));
    },
  ],
  [
    /^account show --subscription (\S+) --output json$/,
    (id) => {
      const found = subscription(id);
      return found
        ? sayJson(account(found))
        : fail(`ERROR: The subscription of '${id}' doesn't exist in cloud 'AzureCloud'.`);
    },
  ],
  [/^ad signed-in-user show --query id --output tsv$/, () => say(world.az.user.id)],
  [
    /^role assignment list --assignee (\S+) --subscription (\S+) --include-inherited --include-groups --output json$/,
    (who, id) => {
      const roles = who === world.az.user.id ? (world.az.roles[id] ?? []) : [];
      const { conditions } = world.az;
      const scope = `/subscriptions/${id}`;
      return sayJson(
        roles.map((roleDefinitionName) => ({
          roleDefinitionName,
          scope,
          condition: conditions[roleDefinitionName] ?? null,
        })),
      );
    },
  ],
  [
    /^role assignment create --assignee (\S+) --role (.+) --scope \/subscriptions\/(\S+)$/,
    (who, role, id) => {
      if (who !== world.az.user.id)
        return fail(`ERROR: Cannot find user or service principal in graph database for '${who}'.`);
      world.az.roles[id] = [...(world.az.roles[id] ?? []), role];
      return keep();
    },
  ],
  [
    /^role definition list --name (.+) --subscription \S+ --output json$/,
    (name) => {
      if (world.az.silent.includes("role definition")) return fail("ERROR: (AuthorizationFailed) may not read roles");
      const definition = world.az.definitions[name];
      return sayJson(definition ? [{ roleName: name, permissions: [definition] }] : []);
    },
  ],
  [
    /^provider list --subscription \S+ --query \[\]\.\{name: namespace, state: registrationState\} --output json$/,
    () => {
      if (world.az.silent.includes("provider list")) return fail("ERROR: (AuthorizationFailed) may not list providers");
      return sayJson(Object.entries(world.az.providers).map(([name, state]) => ({ name, state })));
    },
  ],
  [
    /^provider show --namespace (\S+) --query registrationState --output tsv --subscription \S+$/,
    (name) => {
      if (world.az.silent.includes("provider show")) return fail("ERROR: (AuthorizationFailed) may not read providers");
      return say(world.az.providers[name] ?? "NotRegistered");
    },
  ],
  [
    /^provider register --namespace (\S+) --subscription \S+ --wait$/,
    (name) => {
      world.az.providers[name] = "Registered";
      keep();
    },
  ],
];

const notFound = () => {
  say('{"message":"Not Found","status":"404"}');
  fail("gh: Not Found (HTTP 404)");
};

const GH = [
  [
    /^auth status --hostname github\.com$/,
    () => {
      if (!world.gh.loggedIn) return fail("You are not logged into any GitHub hosts. To log in, run: gh auth login");
      return say(
        "github.com\n  Logged in to github.com account octo\n  Token: gho_************************************",
      );
    },
  ],
  [
    /^auth login --hostname github\.com$/,
    () => {
      world.gh.loggedIn = true;
      keep();
    },
  ],
  [
    /^api repos\/([^/\s]+\/[^/\s]+)$/,
    (path) => {
      const { visibility, admin, archived = false, fullName, ids, createdAt } = world.gh;
      if (path.toLowerCase() !== world.gh.repository.toLowerCase()) return notFound();
      const permissions = { admin, push: true, pull: true };
      const owner = { login: fullName.split("/")[0], id: ids.owner };
      return sayJson({
        ...{ id: ids.repository, full_name: fullName, owner, visibility, archived, permissions },
        created_at: createdAt,
      });
    },
  ],
  [
    /^api repos\/\S+\/actions\/oidc\/customization\/sub$/,
    () => {
      const { immutableSubject } = world.gh;
      return immutableSubject === null
        ? notFound()
        : sayJson({ use_default: true, use_immutable_subject: immutableSubject });
    },
  ],
  [
    /^api orgs\/([^/\s]+)\/teams\/(\S+)$/,
    (owner, slug) => (slug in world.gh.teams ? sayJson({ slug, id: world.gh.teams[slug] }) : notFound()),
  ],
  [/^api orgs\/([^/\s]+)$/, (login) => sayJson(world.gh.plan ? { login, plan: { name: world.gh.plan } } : { login })],
  [
    /^api users\/(\S+)$/,
    (login) => (login in world.gh.users ? sayJson({ login, id: world.gh.users[login] }) : notFound()),
  ],
];

const PULUMI = [
  [/^version$/, () => say(world.pulumi.version)],
  [
    /^whoami --json --non-interactive$/,
    () => {
      const { url } = world.pulumi;
      return url
        ? sayJson({ user: "octo", url })
        : fail("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions", 255);
    },
  ],
  [
    /^login (\S+)$/,
    (url) => {
      world.pulumi.url = url;
      keep();
    },
  ],
  [
    /^stack change-secrets-provider (\S+) --stack (\S+)$/,
    (url, stage) =>
      editStage(
        stage,
        (text) => `secretsprovider: ${url}\nencryptedkey: c3RhbmQtaW4=\n${text.replace(/^encryptionsalt:.*\n/m, "")}`,
      ),
  ],
  [
    /^config rm before --stack (\S+)$/,
    (stage) => editStage(stage, (text) => text.replace(/^.*orders:before:.*\n/m, "")),
  ],
];

const commands = { az: AZ, gh: GH, pulumi: PULUMI }[basename(script)] ?? [];
const known = commands.find(([pattern]) => pattern.test(line));
if (known === undefined) fail(`${basename(script)}: unrecognized arguments: ${line}`, 64);
else known[1](...known[0].exec(line).slice(1));
