export { readLogins } from "./compare";
export { readDeployed } from "./deployedAccess";
export { renderReview, review, type Reviewed, type ReviewInput } from "./review";
