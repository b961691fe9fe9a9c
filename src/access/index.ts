export { readLogins } from "./compare";
export { readDeployed } from "./deployedAccess";
export { type AccessReview, renderReview, review, type Reviewed, type ReviewInput } from "./review";
