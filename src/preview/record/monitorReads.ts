import type { ReadResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { ReadResourceResponse } from "@pulumi/pulumi/proto/resource_pb";
import type { StackOutputsSource } from "./monitor";
import type { StageRecord } from "./stageRecord";
import { buildUrn } from "./urn";
import { decodeString } from "./wire";
import { stackReferenceState } from "./wireAnswers";

const STACK_REFERENCE = "pulumi:pulumi:StackReference";

/** Answers a read: a stack reference with the other stage's outputs, any other resource with what was asked by. */
export async function readResource(
  record: StageRecord,
  stacks: StackOutputsSource,
  request: ReadResourceRequest,
): Promise<ReadResourceResponse> {
  const [type, name, id] = [request.getType(), request.getName(), request.getId()];
  const parent = request.getParent() || record.stackUrn;
  const urn = buildUrn({ stack: record.stack, project: record.project, parent, type, name });
  const response = new ReadResourceResponse().setUrn(urn);
  if (type !== STACK_REFERENCE) {
    record.reads.push({ urn, type, name, id: decodeString(id), parent });
    return response.setProperties(request.getProperties());
  }
  record.references.push({ name, stack: id });
  return response.setProperties(stackReferenceState(id, await stacks.outputsOf(id)));
}
