/** How what holds data outlives a mistake. */
export interface DataProtectionArgs {
  /**
   * Whether the engine refuses to delete or replace what holds data. A change replaces nothing.
   *
   * @default true
   */
  protect?: boolean | undefined;
  /**
   * Whether what holds data stays in Azure when the stack lets go of it. A change replaces nothing.
   *
   * @default false: it is deleted with the stack
   */
  retain?: boolean | undefined;
}

/** Resource options of what holds data. */
export function protectOptions({ protect = true, retain = false }: DataProtectionArgs): {
  protect: boolean;
  retainOnDelete?: true;
} {
  return { protect, ...(retain ? { retainOnDelete: true as const } : {}) };
}
