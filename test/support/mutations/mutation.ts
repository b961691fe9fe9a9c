/** One thing changed in the program, which a test must notice. */
export interface Mutation {
  what: string;
  file: string;
  from: string;
  to: string;
}
