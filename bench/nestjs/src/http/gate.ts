import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { AccessTokens, type Viewer } from '../accounts/access_tokens.js';
import { settings } from '../settings.js';
import { Limits, type RateKind, type RateState } from './limits.js';
import { Problem } from './problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    viewer: Viewer | null;
    address: string;
  }
  interface FastifyContextConfig {
    rate?: RateKind;
    signedIn?: boolean;
  }
}

const start = randomBytes(4).toString('hex');
let requests = 0;

export function nextRequestId(): string {
  return `${start}-${(requests++).toString(36)}`;
}

/** The server stands behind a proxy on the same machine, whose last word on the client's address is believed. */
function addressOf(request: FastifyRequest): string {
  const peer = request.socket.remoteAddress ?? '';
  const forwarded = request.headers['x-forwarded-for'];
  if (peer !== '127.0.0.1' || typeof forwarded !== 'string') return peer;
  return forwarded.slice(forwarded.lastIndexOf(',') + 1).trim();
}

function tell(rate: RateState, reply: FastifyReply): void {
  reply.header('ratelimit-limit', rate.limit);
  reply.header('ratelimit-remaining', rate.remaining);
  reply.header('ratelimit-reset', rate.reset);
}

/** What is done for every request: its id, who asks, how often he may, and a line in the log. As hooks of Fastify and
 *  not as guards and interceptors of Nest, each of which is a promise or more. */
export function addGate(fastify: FastifyInstance, tokens: AccessTokens): void {
  const limits = new Limits();
  const destination = pino.destination({ dest: settings.accessLog, sync: false, minLength: 8192 });
  const log = pino({ base: null }, destination);
  setInterval(() => destination.flush(), 1000).unref();

  fastify.decorateRequest('viewer', null);
  fastify.decorateRequest('address', '');

  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('cache-control', 'no-store');
    request.address = addressOf(request);
    try {
      const { rate, signedIn } = request.routeOptions.config;
      const authorization = request.headers.authorization;
      if (authorization !== undefined) request.viewer = tokens.verify(authorization);
      if (signedIn && !request.viewer) throw new Problem(401, 'unauthenticated', 'Sign in first.');
      if (rate) {
        const state = limits.take(rate, request.viewer?.id ?? request.address);
        tell(state, reply);
        if (!state.allowed) {
          reply.header('retry-after', state.retryAfter);
          throw new Problem(429, 'rate_limited', `Too many requests; try again in ${state.retryAfter} s.`);
        }
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  });

  fastify.addHook('onResponse', (request, reply, done) => {
    log.info({
      id: request.id,
      client: request.address,
      method: request.method,
      path: request.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 1000) / 1000,
      user: request.viewer?.id ?? '-',
    });
    done();
  });
}
