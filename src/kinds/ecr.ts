import type * as Ecr from "@aws-sdk/client-ecr";
import { Readable, Transform } from "node:stream";
import { z } from "zod";
import { decode } from "../base/decode/decode";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { parseJson } from "../base/json";
import { limiter } from "../base/limit";
import { loadPackage } from "../base/packages";
import { type EcrHost, parseEcrHost } from "../base/registryHost";
import type { Bound, OwnRetention, OwnRule } from "../domain/settings/ownRetention";
import { mapReading, none, read, type Reading, unread } from "../domain/settings/registrySettings";
import type { TagImmutability, TagSelector } from "../domain/settings/tagSelector";
import { type ReadKind, settingsOf } from "./types";

/** Bytes of the largest answer that is read. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Repositories that are asked about at once: DescribeRepositories takes a few a second. */
const AT_ONCE = 4;

const repositorySchema = z.object({
  registryId: z.string().regex(/^\d{12}$/),
  repositoryArn: z.string().max(1_000),
  repositoryName: z.string().max(256),
  imageTagMutability: z.enum(["MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"]),
  imageTagMutabilityExclusionFilters: z
    .array(z.object({ filterType: z.string(), filter: z.string().max(256) }))
    .max(20)
    .optional(),
  imageScanningConfiguration: z.object({ scanOnPush: z.boolean().optional() }).optional(),
});
type Repository = z.infer<typeof repositorySchema>;

/** Which tags move, by the repository's own word. Source: Amazon ECR API reference, Repository. */
function immutabilityOf(repository: Repository): Reading<TagImmutability> {
  const { imageTagMutability: mutability, imageTagMutabilityExclusionFilters: filters = [] } = repository;
  const globs = filters.map(({ filter }) => filter);
  const shown = `imageTagMutability: ${mutability}${globs.length > 0 ? ` (${globs.join(", ")})` : ""}`;
  if (filters.some(({ filterType }) => filterType !== "WILDCARD")) return unread(`${shown}: filters of another type`);
  const excluded: TagSelector[] = globs.length > 0 ? [{ globs }] : [];
  if (mutability.startsWith("IMMUTABLE")) return read({ immutable: [undefined], except: excluded }, shown);
  return read({ immutable: excluded, except: [] }, shown);
}

const globsSchema = z.array(z.string().max(256)).max(100).optional();
const policySchema = z.object({
  rules: z
    .array(
      z.object({
        rulePriority: z.int(),
        selection: z.object({
          tagStatus: z.enum(["tagged", "untagged", "any"]),
          tagPrefixList: globsSchema,
          tagPatternList: globsSchema,
          countType: z.enum(["imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"]),
          countUnit: z.string().optional(),
          countNumber: z.int().min(0),
        }),
        action: z.object({ type: z.enum(["expire", "transition"]) }),
      }),
    )
    .max(100),
});
type PolicyRule = z.infer<typeof policySchema>["rules"][number];

/** One who names several prefixes or patterns means images that have a tag for each of them. */
function selectorOf({ tagPrefixList, tagPatternList }: PolicyRule["selection"]): TagSelector | undefined {
  const globs = tagPatternList ?? tagPrefixList?.map((prefix) => `${prefix}*`);
  return globs === undefined || globs.length === 0 ? undefined : { globs, each: true };
}

function boundOf({ countType, countNumber }: PolicyRule["selection"]): Bound {
  if (countType === "imageCountMoreThan") return { newest: countNumber };
  return { by: countType === "sinceImagePulled" ? "pull" : "push", days: countNumber };
}

/**
 * A lifecycle policy as rules in the order of their priority: the first that is about an image decides.
 * Sources: Amazon ECR user guide, "Lifecycle policy properties" and "Lifecycle policy evaluation rules".
 */
export function lifecycleOf(text: string): Reading<OwnRetention> {
  let json: unknown;
  try {
    json = parseJson(Buffer.from(text), "lifecyclePolicyText");
  } catch {
    return unread("lifecyclePolicyText is not JSON");
  }
  const policy = decode(policySchema, json);
  if (!policy.success) {
    return unread("the lifecycle policy holds a rule of a form that is not read: compare it with the stage by hand");
  }
  const rules = policy.data.rules
    .toSorted((a, b) => a.rulePriority - b.rulePriority)
    .map(({ rulePriority, selection, action }): OwnRule => ({
      ...{ name: `rule ${rulePriority}`, action: "delete", bound: boundOf(selection) },
      manifests: selection.tagStatus === "any" ? "all" : selection.tagStatus,
      ...defined({ selector: selectorOf(selection) }),
      ...(action.type === "transition" && { archives: true }),
    }));
  return read({ rules, firstDecides: true }, "lifecycle policy");
}

/** Why AWS did not answer, and the right that is missing. What it said stays out: it may hold what was sent. */
function refusal(error: unknown, right: string): string {
  const name = error instanceof Error ? error.name : typeof error;
  if (error instanceof DualRegistryError) return `${right}: ${error.message}`;
  if (name === "RepositoryNotFoundException") return `${right}: there is no such repository yet`;
  if (name === "CredentialsProviderError")
    return `${right}: AWS has no identity here; log in, such as with aws sso login`;
  if (/Expired|UnrecognizedClient|InvalidSignature|InvalidClientTokenId/.test(name)) {
    return `${right}: the login is not taken or has ended (${name}); log in again`;
  }
  if (name.startsWith("AccessDenied"))
    return `${right}: the identity may not (${name}); needs ${right} on the repository`;
  return `${right}: no answer (${name}); see whether ECR is reachable from here`;
}

/** Ends an answer that is larger than any that makes sense; the SDK would read it whole. */
function bounded(body: Readable): Readable {
  let size = 0;
  const counted = new Transform({
    transform: (chunk: Buffer, _, done) => {
      size += chunk.length;
      if (size <= MOST_BYTES) done(null, chunk);
      else done(new DualRegistryError("CONTENT_INVALID", `an answer larger than ${MOST_BYTES} bytes`));
    },
  });
  counted.on("error", () => body.destroy());
  body.on("error", (error) => counted.destroy(error));
  return body.pipe(counted);
}

function clientOf({ region, fips }: EcrHost): Ecr.ECRClient {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const { ECRClient } = loadPackage("@aws-sdk/client-ecr");
  const client = new ECRClient({ region, ...(fips && { useFipsEndpoint: true }) });
  client.middlewareStack.add(
    (next) => async (args) => {
      const output = await next(args);
      const { response } = output;
      if (
        typeof response === "object" &&
        response !== null &&
        "body" in response &&
        response.body instanceof Readable
      ) {
        response.body = bounded(response.body);
      }
      return output;
    },
    { step: "deserialize", priority: "low", name: "boundedBody" },
  );
  return client;
}

/**
 * Reads from ECR's own interface, with the identity of this process: mutability, lifecycle policy, scanning, account and
 * region of each repository. A repository is asked about by its name, so that a right to it alone is enough and there is
 * nothing to page. Source: Amazon ECR API reference.
 */
export const readEcr: ReadKind = async ({ host, repositories, timeout }) => {
  const place = parseEcrHost(host);
  if (place === undefined) return { repositories: [] };
  const client = clientOf(place);
  const { DescribeRepositoriesCommand, GetLifecyclePolicyCommand, BatchGetRepositoryScanningConfigurationCommand } =
    loadPackage("@aws-sdk/client-ecr");
  const limit = limiter(AT_ONCE);

  /** An identity may come from a command that never ends: then nothing but this clock ends the wait. */
  const inTime = async <T>(answer: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new DualRegistryError("REGISTRY_UNAVAILABLE", `no answer in ${timeout / 1000} s`);
      timer = setTimeout(() => {
        reject(error);
      }, timeout);
    });
    return Promise.race([answer, late]).finally(() => {
      clearTimeout(timer);
    });
  };
  const abortSignal = () => AbortSignal.timeout(timeout);

  const describe = async (path: string): Promise<Reading<Repository>> => {
    try {
      const input = { registryId: place.account, repositoryNames: [path] };
      const answer = await inTime(client.send(new DescribeRepositoriesCommand(input), { abortSignal: abortSignal() }));
      const found = decode(
        repositorySchema,
        answer.repositories?.find(({ repositoryName }) => repositoryName === path),
      );
      return found.success ? read(found.data, path) : unread("ecr:DescribeRepositories: the answer has another form");
    } catch (error) {
      return unread(refusal(error, "ecr:DescribeRepositories"));
    }
  };
  const lifecycle = async (path: string): Promise<Reading<OwnRetention>> => {
    try {
      const input = { registryId: place.account, repositoryName: path };
      const answer = await inTime(client.send(new GetLifecyclePolicyCommand(input), { abortSignal: abortSignal() }));
      return lifecycleOf(answer.lifecyclePolicyText ?? "");
    } catch (error) {
      const absent = error instanceof Error && error.name === "LifecyclePolicyNotFoundException";
      return absent ? read({ rules: [] }, "no lifecycle policy") : unread(refusal(error, "ecr:GetLifecyclePolicy"));
    }
  };
  /** What is set at the registry wins over the repository's own, which is on its way out. */
  const scanning = async (path: string, { imageScanningConfiguration }: Repository): Promise<Reading<boolean>> => {
    try {
      const command = new BatchGetRepositoryScanningConfigurationCommand({ repositoryNames: [path] });
      const answer = await inTime(client.send(command, { abortSignal: abortSignal() }));
      const [found] = answer.scanningConfigurations ?? [];
      if (found?.scanFrequency) {
        const { scanFrequency: frequency, scanOnPush = false } = found;
        return read(scanOnPush || frequency !== "MANUAL", `scanFrequency: ${frequency}, scanOnPush: ${scanOnPush}`);
      }
    } catch (error) {
      if (imageScanningConfiguration?.scanOnPush !== true) {
        return unread(refusal(error, "ecr:BatchGetRepositoryScanningConfiguration"));
      }
    }
    const onPush = imageScanningConfiguration?.scanOnPush === true;
    return read(onPush, `scanOnPush: ${onPush}`);
  };
  const settings = await Promise.all(
    repositories.map((each) =>
      limit(async () => {
        const found = await describe(each.path);
        return settingsOf("ecr", each, `repository ${each.path}`, {
          immutability: mapReading(found, immutabilityOf),
          retention: found.state === "read" ? await lifecycle(each.path) : found,
          scanning: found.state === "read" ? await scanning(each.path, found.value) : found,
          visibility: none("a private registry of ECR's lets nobody in without a login"),
          owner: mapReading(found, ({ registryId }) => read(registryId, `registryId: ${registryId}`)),
          place: mapReading(found, ({ registryId, repositoryArn }) => {
            const region = repositoryArn.split(":")[3] ?? "";
            const parts = [
              { part: "account", wanted: place.account, found: registryId },
              { part: "region", wanted: place.region, found: region },
            ];
            return read(parts, repositoryArn);
          }),
        });
      }),
    ),
  );
  client.destroy();
  return { repositories: settings };
};
