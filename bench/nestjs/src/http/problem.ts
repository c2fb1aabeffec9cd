import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';

/** An error that a client is told. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly field?: string,
  ) {
    super(detail);
  }
}

export const videoNotFound = () => new Problem(404, 'video_not_found', 'There is no such video.');
export const invalidCursor = () => new Problem(400, 'invalid_cursor', 'This cursor is not one of this list.');
export const invalidField = (field: string, detail: string) =>
  new Problem(422, 'invalid_fields', detail, field);

function isEngineDown(error: unknown): boolean {
  const { code, name } = error as { code?: string; name?: string };
  return /^(CONNECT|ECONN)/.test(code ?? '') || name === 'MaxRetriesPerRequestError';
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HttpException) {
    const status = error.getStatus();
    return new Problem(status, status === 404 ? 'not_found' : 'refused', error.message);
  }
  const { statusCode, message } = error as { statusCode?: number; message: string }; // as Fastify's own errors have it
  if (statusCode && statusCode < 500) return new Problem(statusCode, 'malformed_request', message);
  if (isEngineDown(error)) return new Problem(503, 'unavailable', 'Something that this needs is down.');
  return new Problem(500, 'internal_error', 'Something went wrong here; the request id helps to find it.');
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('fault');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, code, message, field } = toProblem(error);
    if (status >= 500) this.logger.error(`${request.id} ${error instanceof Error ? error.stack : error}`);
    if (status === 503) reply.header('retry-after', '1');
    const body = {
      type: 'about:blank',
      title: STATUS_CODES[status],
      status,
      code,
      detail: message,
      request_id: request.id,
      ...(field && { errors: [{ field, code: 'invalid', detail: message }] }),
    };
    void reply.code(status).type('application/problem+json').send(JSON.stringify(body));
  }
}
