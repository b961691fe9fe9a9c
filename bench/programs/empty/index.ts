// A program without a resource: what Pulumi's Node runtime and its SDK cost.
import * as pulumi from "@pulumi/pulumi";

export const stack = pulumi.getStack();
