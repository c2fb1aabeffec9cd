import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { build } from 'fast-json-stringify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { encodeId } from '../base/ids.js';
import { toRfc3339 } from '../base/time.js';
import { pageQueryOf, sendJson, textField, videoIdOf } from '../http/input.js';
import { Comments, type Comment } from './comments.js';

const plain = { type: 'string', format: 'unsafe' } as const; // needs no escapes
const object = <P>(properties: P) =>
  ({ type: 'object', properties, required: Object.keys(properties as object) }) as const;

const commentSchema = object({
  id: plain,
  video_id: plain,
  author: object({ id: plain, username: plain }),
  content: { type: 'string' },
  created_at: plain,
});
const commentText = build(commentSchema);
const pageText = build(
  object({ items: { type: 'array', items: commentSchema }, next_cursor: { ...plain, nullable: true } }),
);

const shown = (comment: Comment) => ({
  id: encodeId(comment.id),
  video_id: encodeId(comment.video_id),
  author: { id: encodeId(comment.user_id), username: comment.username },
  content: comment.content,
  created_at: toRfc3339(comment.created_at),
});

@Controller('videos/:id/comments')
export class CommentsController {
  constructor(private readonly comments: Comments) {}

  @Get()
  @RouteConfig({ rate: 'read' })
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { limit, cursor } = pageQueryOf(request);
    const { items, next_cursor } = await this.comments.list(
      videoIdOf(request),
      request.viewer,
      limit,
      cursor,
    );
    sendJson(reply, 200, pageText({ items: items.map(shown), next_cursor }));
  }

  @Post()
  @RouteConfig({ rate: 'comment', signedIn: true })
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const content = textField(request, 'content', 1, 1000);
    sendJson(
      reply,
      201,
      commentText(shown(await this.comments.post(videoIdOf(request), request.viewer!, content))),
    );
  }
}
