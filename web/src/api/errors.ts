import type { Problem } from './types';

/** What is wrong with one field: a stable code for programs, words in English for people. */
export type FieldProblem = Pick<NonNullable<Problem['errors']>[number], 'code' | 'detail'>;

/** A request that failed: by an answer (status and code of the problem) or without one (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly fields: Readonly<Record<string, FieldProblem>> = {},
    /** The seconds after which the server wants to be asked again, where it told. */
    readonly retryAfter: number | null = null,
  ) {
    super(detail);
  }
}

/** Whether an answer tells of trouble that may be over when the same is asked again. */
export function isPassing(status: number): boolean {
  return status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;
}

export function networkError(): ApiError {
  return new ApiError(0, 'network', 'The server cannot be reached.');
}

/** Reads problem+json; what is no problem (a proxy's page, a bucket's XML) keeps its status only. */
export function problemError(status: number, text: string, retryAfter: string | null = null): ApiError {
  let problem: Partial<Problem> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) problem = parsed;
  } catch {
    // The status says enough.
  }
  const fields = Object.fromEntries(
    (problem.errors ?? []).map((e) => [e.field, { code: e.code, detail: e.detail }]),
  );
  const detail = problem.detail ?? `HTTP ${status}`;
  // A proxy may write a date instead: then we choose when to ask again.
  const seconds = /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) : null;
  return new ApiError(status, problem.code ?? 'unexpected', detail, fields, seconds);
}
