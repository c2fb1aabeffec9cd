import { Injectable } from '@nestjs/common';
import type { Viewer } from '../accounts/access_tokens.js';
import { Names } from '../accounts/names.js';
import { randomId, type Id } from '../base/ids.js';
import { Subjects } from '../catalog/subjects.js';
import { hotTerm, hotWith, WEIGHT } from '../engines/hot_score.js';
import { reads, writes } from '../engines/postgres.js';
import { NEWEST, openKeyset, sealKeyset } from '../http/cursor.js';
import { videoNotFound } from '../http/problem.js';

export interface Comment {
  id: Id;
  video_id: Id;
  user_id: Id;
  username: string;
  content: string;
  created_at: string;
}

/** Comment and count in one statement, which is a transaction of its own. */
const POST = `
  with counted as (
    update videos set comment_count = comment_count + 1, hot_score = ${hotWith(hotTerm(WEIGHT.comment))}
    where id = $2::bigint and (user_id = $3::bigint or (playable_at is not null and visibility <> 'private'))
    returning id)
  insert into comments (id, video_id, user_id, content, created_at, hot_term)
  select $1::bigint, id, $3::bigint, $4, now(), ${hotTerm(WEIGHT.comment)} from counted returning created_at`;

@Injectable()
export class Comments {
  constructor(
    private readonly subjects: Subjects,
    private readonly names: Names,
  ) {}

  async post(video: Id, author: Viewer, content: string): Promise<Comment> {
    const id = randomId();
    const values = [id, video, author.id, content];
    const [row] = await writes.unsafe<{ created_at: string }[]>(POST, values, { prepare: true });
    if (!row) throw videoNotFound();
    return { id, video_id: video, user_id: author.id, username: author.username, content, ...row };
  }

  async list(video: Id, viewer: Viewer | null, limit: number, cursor: string | undefined) {
    const context = `comments|${video}|${viewer?.id ?? '-'}`;
    const after = cursor === undefined ? NEWEST : openKeyset(context, cursor);
    const [rows] = await Promise.all([
      reads<Omit<Comment, 'username'>[]>`
        select id, video_id, user_id, content, created_at from comments
        where video_id = ${video}::bigint
          and (created_at, id) < (${after.time}::timestamptz, ${after.id}::bigint)
        order by created_at desc, id desc limit ${limit + 1}`,
      this.subjects.findVisible(video, viewer),
    ]);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    const names = await this.names.of(page.map((row) => row.user_id));
    return {
      items: page.map((row, i) => ({ ...row, username: names[i]! })),
      next_cursor: last ? sealKeyset(context, { time: last.created_at, id: last.id }) : null,
    };
  }
}
