import { Controller, Get, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendJson, videoIdOf } from '../http/input.js';
import { Catalog } from './catalog.js';

@Controller('videos')
export class CatalogController {
  constructor(private readonly catalog: Catalog) {}

  @Get(':id')
  @RouteConfig({ rate: 'read' })
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    sendJson(reply, 200, await this.catalog.card(videoIdOf(request)));
  }
}
