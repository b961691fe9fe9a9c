import assert from "node:assert/strict";
import type { Digest } from "../../../src/base/digest";
import { findRecords } from "../../../src/images/records";
import type { Registries } from "../../../src/images/registries";
import { verifyContent, verifyCopy } from "../../../src/oci/copy/verifyCopy";
import type { ImageTarget } from "../../../src/oci/imageStore";
import { PREDICATE_ANNOTATION } from "../../../src/signing/types";
import { makeVerifier } from "../../../src/signing/verifier";
import { verifyImage } from "../../../src/signing/verifyImage";
import type { Ground } from "./faultsGround";
import { destinationFor, type Job, openGround } from "./faultsJob";

const NO_REPORT = { total: () => undefined, bytes: () => undefined };

/** What stands at a job's target: the same after every run that went well. */
export interface Outcome {
  digest: Digest;
  /** Types of what refers to the image, sorted; each as often as it is there. */
  referrers: readonly string[];
  locked: boolean;
}

/**
 * Looks with sessions of its own: where there is a tag, its image is whole, signed and recorded under that very tag.
 *
 * @returns `undefined` where there is no tag
 * @throws AssertionError, DualRegistryError where the tag stands for less
 */
export async function judge(ground: Ground, job: Job): Promise<Outcome | undefined> {
  const registries = openGround(ground);
  try {
    return await look(ground, job, registries);
  } finally {
    await registries.close();
  }
}

async function look(ground: Ground, job: Job, registries: Registries): Promise<Outcome | undefined> {
  const { target, path, locks } = destinationFor(ground, job, registries);
  const found = await target.resolve(job.tag);
  if (found === undefined) return undefined;
  assert.equal(found.digest, job.wares.digest, `${target.name}:${job.tag} stands for another image`);
  const tree = await verifyCopy(target, job.tag);
  await verifyContent(target, tree, NO_REPORT);
  const verifier = makeVerifier();
  const { signers } = ground.policy;
  await verifyImage(target, found.digest, signers, verifier);
  const trust = { verifier, trusted: signers };
  const kind = job.what === "publish" ? "publish" : "release";
  const records = await findRecords(target, found.digest, kind, trust);
  const own = records.filter(({ record }) => record.tags.includes(job.tag));
  assert.equal(own.length, 1, `${target.name}:${job.tag} has ${own.length} records of its ${kind}; one is right`);
  const { locked } = await locks.state(path, { tags: [job.tag], digests: [found.digest] });
  return { digest: found.digest, referrers: await referrersOf(target, found.digest), locked };
}

/** Types of what refers to an image; each of them must be there. */
async function referrersOf(target: ImageTarget, digest: Digest): Promise<readonly string[]> {
  const types: string[] = [];
  for (const { digest: own, artifactType = "", annotations } of await target.referrers(digest)) {
    await verifyCopy(target, own);
    types.push(`${artifactType} ${annotations?.[PREDICATE_ANNOTATION] ?? ""}`.trim());
  }
  return types.sort();
}

/** The image that promotions read from, whole; to be compared before and after. */
export async function sourceState(ground: Ground, version: string): Promise<object> {
  const registries = openGround(ground);
  try {
    const source = registries.session(ground.qa.host).repository("orders/api");
    const tree = await verifyCopy(source, version);
    await verifyContent(source, tree, NO_REPORT);
    const { digest } = tree.root;
    return { digest, referrers: (await source.referrers(digest)).map((each) => each.digest).sort() };
  } finally {
    await registries.close();
  }
}
