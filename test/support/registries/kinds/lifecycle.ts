/** The text of a lifecycle policy of ECR's. Source: Amazon ECR user guide, "Lifecycle policy properties". */
export const policyOf = (...rules: object[]): string =>
  JSON.stringify({ rules: rules.map((rule) => ({ action: { type: "expire" }, ...rule })) });

/** A rule that expires 14 days after the push, where nothing else is said. */
export const ruleOf = (rulePriority: number, selection: object) => ({
  rulePriority,
  selection: { countType: "sinceImagePushed", countUnit: "days", countNumber: 14, ...selection },
});
