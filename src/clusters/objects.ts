import { z } from "zod";

/*
 * The fields of Kubernetes objects that say which images run; all others are left out. Source: Kubernetes API v1.36, core/v1,
 * apps/v1 and batch/v1. Go leaves out what is empty, or writes null.
 */

const text = z.string().max(4096);
const list = <T extends z.ZodType>(of: T) =>
  z
    .array(of)
    .nullish()
    .transform((all) => all ?? []);
const count = z.number().int().nonnegative();

const container = z.object({ name: text, image: text.nullish(), restartPolicy: text.nullish() });
const podSpec = z.object({
  containers: list(container),
  initContainers: list(container),
  ephemeralContainers: list(container),
  volumes: list(z.object({ name: text, image: z.object({ reference: text.nullish() }).nullish() })),
});

const metadata = z.object({
  name: text,
  namespace: text.nullish(),
  generation: count.nullish(),
  deletionTimestamp: text.nullish(),
  ownerReferences: list(z.object({ kind: text, name: text, controller: z.boolean().nullish() })),
});

const status = z.object({
  name: text,
  imageID: text.nullish(),
  ready: z.boolean().nullish(),
  state: z
    .object({
      running: z.object({}).nullish(),
      waiting: z.object({ reason: text.nullish(), message: z.string().nullish() }).nullish(),
      terminated: z.object({ exitCode: z.number().nullish(), reason: text.nullish() }).nullish(),
    })
    .nullish(),
  // Since 1.35: what an image volume holds.
  volumeMounts: list(
    z.object({
      name: text,
      volumeStatus: z.object({ image: z.object({ imageRef: text.nullish() }).nullish() }).nullish(),
    }),
  ),
});

/** A pod. */
export const podSchema = z.object({
  metadata,
  spec: podSpec,
  status: z
    .object({
      phase: text.nullish(),
      reason: text.nullish(),
      message: z.string().nullish(),
      conditions: list(z.object({ type: text, status: text, reason: text.nullish(), message: z.string().nullish() })),
      containerStatuses: list(status),
      initContainerStatuses: list(status),
      ephemeralContainerStatuses: list(status),
    })
    .nullish(),
});

const template = z.object({ spec: podSpec }).nullish();

/** Any workload that starts pods by a template: its fields differ by kind. */
export const workloadSchema = z.object({
  metadata,
  spec: z.object({
    replicas: count.nullish(),
    template,
    jobTemplate: z.object({ spec: z.object({ template }) }).nullish(),
  }),
  status: z
    .object({
      observedGeneration: count.nullish(),
      desiredNumberScheduled: count.nullish(),
      succeeded: count.nullish(),
      conditions: list(z.object({ type: text, status: text })),
    })
    .nullish(),
});

/** A pod, as far as it is read. */
export type Pod = z.infer<typeof podSchema>;
/** A workload, as far as it is read. */
export type Workload = z.infer<typeof workloadSchema>;
/** What a pod or a template starts. */
export type PodSpec = z.infer<typeof podSpec>;
/** Name, namespace and owners of an object. */
export type Metadata = z.infer<typeof metadata>;
