/** Begins the type token of every component of this project. */
export const PACKAGE = "dualregistry:index";
