import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageQueryOf, sendJson, textField, videoIdOf } from '../http/input.js';
import { Comments } from './comments.js';

@Controller('videos/:id/comments')
export class CommentsController {
  constructor(private readonly comments: Comments) {}

  @Get()
  @RouteConfig({ rate: 'read' })
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { limit, cursor } = pageQueryOf(request);
    sendJson(reply, 200, await this.comments.page(videoIdOf(request), request.viewer, limit, cursor));
  }

  @Post()
  @RouteConfig({ rate: 'comment', signedIn: true })
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const content = textField(request, 'content', 1, 1000);
    sendJson(reply, 201, await this.comments.post(videoIdOf(request), request.viewer!, content));
  }
}
