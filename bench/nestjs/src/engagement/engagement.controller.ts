import { Controller, Delete, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { integerField, sendJson, textField, videoIdOf } from '../http/input.js';
import { Likes } from './likes.js';
import { issueViewerToken } from './viewer_tokens.js';
import { Views } from './views.js';

const LONGEST_WATCH_MS = 24 * 3600 * 1000;

@Controller()
export class EngagementController {
  constructor(
    private readonly views: Views,
    private readonly likes: Likes,
  ) {}

  @Post('viewers')
  @RouteConfig({ rate: 'write' })
  makeViewer(@Req() _request: FastifyRequest, @Res() reply: FastifyReply): void {
    sendJson(reply, 201, JSON.stringify({ viewer_token: issueViewerToken() }));
  }

  @Post('videos/:id/view')
  @RouteConfig({ rate: 'view' })
  async view(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const token = request.headers['luot-viewer'] as string | undefined;
    const sender = { viewer: request.viewer, token, address: request.address };
    const report = {
      playToken: textField(request, 'play_token', 1, 200),
      watchedMs: integerField(request, 'watched_ms', 0, LONGEST_WATCH_MS),
    };
    sendJson(reply, 200, JSON.stringify(await this.views.report(videoIdOf(request), sender, report)));
  }

  @Post('videos/:id/like')
  @RouteConfig({ rate: 'like', signedIn: true })
  like(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.setLike(request, reply, true);
  }

  @Delete('videos/:id/like')
  @RouteConfig({ rate: 'like', signedIn: true })
  unlike(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.setLike(request, reply, false);
  }

  private async setLike(request: FastifyRequest, reply: FastifyReply, liked: boolean): Promise<void> {
    sendJson(reply, 200, JSON.stringify(await this.likes.set(videoIdOf(request), request.viewer!, liked)));
  }
}
