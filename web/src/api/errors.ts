import type { Problem } from './types';

/** A request that failed: by an answer (status and code of the problem) or without one (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly fields: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

export function networkError(): ApiError {
  return new ApiError(0, 'network', 'The server cannot be reached.');
}

/** Reads problem+json; what is no problem (a proxy's page, a bucket's XML) keeps its status only. */
export function problemError(status: number, text: string): ApiError {
  let problem: Partial<Problem> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) problem = parsed;
  } catch {
    // The status says enough.
  }
  const fields = Object.fromEntries((problem.errors ?? []).map((e) => [e.field, e.detail]));
  return new ApiError(status, problem.code ?? 'unexpected', problem.detail ?? `HTTP ${status}`, fields);
}
