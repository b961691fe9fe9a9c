/**
 * Labels that say whose an image is: those of the OCI image specification 1.1 (annotations.md), Docker's older
 * `maintainer`, and a company's own that end in `.team`, `.owner` or `.maintainer`, such as `com.example.team`.
 */
const OWNER = /^(?:org\.opencontainers\.image\.(?:authors|vendor)|maintainer)$|[.-](?:team|owner|maintainer)s?$/;

/** True for a label that says whose an image is. */
export const saysOwner = (name: string): boolean => OWNER.test(name);
