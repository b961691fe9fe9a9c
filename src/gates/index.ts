export { type GatesReview, renderGatesReview, reviewGates } from "./review";
export { wantedGates } from "./wanted";
