/** Stands for a value that the program marked as secret; the value itself is never kept. */
export const SECRET = "[secret]";

/** Stands for a value that is known only after the cloud has answered. */
export const UNKNOWN = "[unknown]";
