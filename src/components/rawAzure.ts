import { getVersion } from "@pulumi/azure-native/utilities";
import { type CustomResourceOptions, mergeOptions } from "@pulumi/pulumi";

/** What every resource of azure-native answers: named beside the inputs, an answer becomes an output. */
export const ANSWERED = { name: undefined, type: undefined, systemData: undefined, azureApiVersion: undefined };

/** Asks for the same provider as the SDK's own classes do. */
export const azureOptions = (given: CustomResourceOptions): CustomResourceOptions =>
  mergeOptions({ version: getVersion() }, given);
