import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageQueryOf, sendJson } from '../http/input.js';
import { Feed, kindOf } from './feed.js';

@Controller('feed')
export class FeedController {
  constructor(private readonly feed: Feed) {}

  @Get()
  @RouteConfig({ rate: 'read' })
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { limit, cursor, kind } = pageQueryOf(request);
    const page =
      cursor === undefined
        ? await this.feed.firstPage(kindOf(kind), limit)
        : await this.feed.furtherPage(kindOf(kind), limit, cursor);
    sendJson(reply, 200, page);
  }
}
