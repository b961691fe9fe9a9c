/** Begins the type token of every component of this project. */
export const PACKAGE = "dualregistry:index";

/** How what holds data outlives a mistake. */
export interface KeptArgs {
  /** Default true: the engine refuses to delete or replace it. */
  protect?: boolean;
  /** Default false: it is deleted with the stack. True: it stays in Azure, and is no longer in the stack. */
  retain?: boolean;
}

/** Resource options of what holds data. */
export function kept({ protect = true, retain = false }: KeptArgs): { protect: boolean; retainOnDelete?: true } {
  return { protect, ...(retain ? { retainOnDelete: true as const } : {}) };
}

/** The same words as arguments, for a component that hands them on. */
export function handedOn({ protect = true, retain = false }: KeptArgs): Required<KeptArgs> {
  return { protect, retain };
}
