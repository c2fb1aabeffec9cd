import type { FastifyReply, FastifyRequest } from 'fastify';
import { decodeId, type Id } from '../base/ids.js';
import { invalidField, Problem, videoNotFound } from './problem.js';

export function videoIdOf(request: FastifyRequest): Id {
  const id = decodeId((request.params as { id: string }).id);
  if (!id) throw videoNotFound();
  return id;
}

export interface PageQuery {
  limit: number;
  cursor: string | undefined;
  kind: string | undefined;
}

export function pageQueryOf(request: FastifyRequest): PageQuery {
  const { limit = '20', cursor, kind } = request.query as Record<string, string | undefined>;
  const number = Number(limit);
  if (!Number.isInteger(number) || number < 1 || number > 50)
    throw invalidField('limit', 'must be from 1 to 50.');
  return { limit: number, cursor, kind };
}

function fieldsOf(request: FastifyRequest): Record<string, unknown> {
  const body = request.body;
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
  throw new Problem(400, 'malformed_json', 'The body must be a JSON object.');
}

const graphemes = new Intl.Segmenter();

/** Lengths are counted as people count them, where it matters. */
export function textField(request: FastifyRequest, name: string, min: number, max: number): string {
  const value = fieldsOf(request)[name];
  if (typeof value !== 'string') throw invalidField(name, 'must be a string.');
  const text = value.trim();
  const length = text.length > max ? [...graphemes.segment(text)].length : text.length;
  if (length < min || length > max) throw invalidField(name, `must have from ${min} to ${max} characters.`);
  return text;
}

export function integerField(request: FastifyRequest, name: string, min: number, max: number): number {
  const value = fieldsOf(request)[name];
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
    throw invalidField(name, `must be an integer from ${min} to ${max}.`);
  return value as number;
}

/** Of text, which Fastify does not serialise again, or of bytes, which it need not even encode. */
export function sendJson(reply: FastifyReply, status: number, body: string | Buffer): void {
  void reply.code(status).header('content-type', 'application/json').send(body);
}
