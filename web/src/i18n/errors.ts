import { ApiError, type FieldProblem } from '../api/errors';
import type { Video } from '../api/types';
import { failures, fields, problems } from './errors_vi';
import type { Translate } from './index';

/** What went wrong, for people: the server's own words, which are English, or ours by its code. */
export function errorText(error: unknown, t: Translate): string {
  if (!(error instanceof ApiError)) return t('error_unexpected');
  if (error.status === 0) return t('error_network');
  if (error.code === 'upload_elsewhere') return t('upload_elsewhere');
  if (error.code === 'rate_limited') return t('error_rate_limited', { n: error.retryAfter ?? 60 });
  if (t.lang === 'en') return error.message;
  return fill(problems[error.code], error.message) ?? t('error_refused', { code: error.code });
}

/** What belongs beside the fields of a form, by their names. */
export function fieldTexts(error: unknown, t: Translate): Partial<Record<string, string>> {
  if (!(error instanceof ApiError)) return {};
  const field = FIELD_OF[error.code];
  if (field) return { [field]: errorText(error, t) };
  const text = (name: string, { code, detail }: FieldProblem) =>
    t.lang === 'en' ? sentence(detail) : (fill(fields[`${name}.${code}`] ?? fields[code], detail) ?? detail);
  return Object.fromEntries(
    Object.entries(error.fields).map(([name, problem]) => [name, text(name, problem)]),
  );
}

/** Why a video could not be processed. */
export function failureText(failure: Video['failure'], t: Translate): string {
  if (!failure) return t('upload_failed');
  return t.lang === 'en' ? failure.detail : (fill(failures[failure.code], failure.detail) ?? failure.detail);
}

/** The server's words go on from the field's name; beside the field they stand alone. */
function sentence(detail: string): string {
  return detail.slice(0, 1).toUpperCase() + detail.slice(1);
}

const FIELD_OF: Record<string, string> = { username_taken: 'username', email_taken: 'email' };

/** Ours may repeat the number that the server's words name. */
function fill(text: string | undefined, detail: string): string | undefined {
  return text?.replace('{n}', /\d+/.exec(detail)?.[0] ?? '');
}
