const TRANSIENT: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** True for what a server answers that may answer otherwise soon. */
export const isTransientStatus = (status: number): boolean => TRANSIENT.includes(status);

/** True for an answer that names another address for the same request. */
export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);
