import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { encodeId, randomId } from '../base/ids.js';
import { writes } from '../engines/postgres.js';
import { sendJson, textField } from '../http/input.js';
import { invalidField, Problem } from '../http/problem.js';
import { AccessTokens } from './access_tokens.js';

const hash = promisify(scrypt) as (password: string, salt: Buffer, length: number) => Promise<Buffer>;

/** As much of accounts as the other routes need: no login, and so no refresh tokens. */
@Controller('auth')
export class AccountsController {
  constructor(private readonly tokens: AccessTokens) {}

  @Post('register')
  @RouteConfig({ rate: 'register' })
  async register(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const username = textField(request, 'username', 3, 30);
    if (!/^[\w.]+$/.test(username)) throw invalidField('username', 'may have letters, digits, _ and . only.');
    const email = textField(request, 'email', 3, 254).toLowerCase();
    const salt = randomBytes(16);
    const hashed = await hash(textField(request, 'password', 8, 200), salt, 32);
    const id = randomId();
    const rows = await writes`
      insert into users (id, username, email, password_hash, created_at)
      values (${id}::bigint, ${username}, ${email}, ${`${salt.toString('hex')}$${hashed.toString('hex')}`}, now())
      on conflict do nothing returning id`;
    if (rows.length === 0) throw new Problem(409, 'taken', 'This name or address is taken.');
    const session = {
      user: { id: encodeId(id), username },
      refresh_token: null,
      ...this.tokens.issue({ id, username }),
    };
    sendJson(reply, 201, JSON.stringify(session));
  }
}
