import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { reads } from './engines/postgres.js';
import { Heads } from './feed/heads.js';
import { sendJson } from './http/input.js';

@Controller('readyz')
export class HealthController {
  constructor(private readonly heads: Heads) {}

  @Get()
  async ready(@Req() _request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await Promise.all([reads`select 1`, this.heads.current()]);
    sendJson(reply, 200, '{"status":"ready"}');
  }
}
