import { Injectable } from '@nestjs/common';
import type { Viewer } from '../accounts/access_tokens.js';
import { Authors, authorText } from '../accounts/authors.js';
import { encodeId, randomId, type Id } from '../base/ids.js';
import { toRfc3339 } from '../base/time.js';
import { Subjects } from '../catalog/subjects.js';
import { hotTerm, hotWith, WEIGHT } from '../engines/hot_score.js';
import { reads, writes } from '../engines/postgres.js';
import { NEWEST, openKeyset, sealKeyset, type Keyset } from '../http/cursor.js';
import { videoNotFound } from '../http/problem.js';

type CommentColumns = [id: Id, author: Id, content: string, createdAt: string];

/** Comment and count in one statement, which is a transaction of its own. */
const POST = `
  with counted as (
    update videos set comment_count = comment_count + 1, hot_score = ${hotWith(hotTerm(WEIGHT.comment))}
    where id = $2::bigint and (user_id = $3::bigint or (playable_at is not null and visibility <> 'private'))
    returning id)
  insert into comments (id, video_id, user_id, content, created_at, hot_term)
  select $1::bigint, id, $3::bigint, $4, now(), ${hotTerm(WEIGHT.comment)} from counted returning created_at`;

/** Waits only where there is something to wait for: twenty promises that are settled are no small thing. */
function allOf(texts: (string | Promise<string>)[]): string[] | Promise<string[]> {
  return texts.every((text) => typeof text === 'string') ? texts : Promise.all(texts);
}

/** Only a content may need escapes. */
function commentText(video: string, [id, , content, createdAt]: CommentColumns, author: string): string {
  return (
    `{"id":"${encodeId(id)}","video_id":"${video}","author":${author},` +
    `"content":${JSON.stringify(content)},"created_at":"${toRfc3339(createdAt)}"}`
  );
}

@Injectable()
export class Comments {
  constructor(
    private readonly subjects: Subjects,
    private readonly authors: Authors,
  ) {}

  async post(video: Id, author: Viewer, content: string): Promise<string> {
    const id = randomId();
    const values = [id, video, author.id, content];
    try {
      const [row] = await writes.unsafe<{ created_at: string }[]>(POST, values, { prepare: true });
      if (!row) throw videoNotFound();
      return commentText(encodeId(video), [id, author.id, content, row.created_at], authorText(author));
    } catch (error) {
      // Where thousands comment in a second, two may be given the same id.
      if ((error as { constraint_name?: string }).constraint_name !== 'comments_pkey') throw error;
      return this.post(video, author, content);
    }
  }

  async page(video: Id, viewer: Viewer | null, limit: number, cursor: string | undefined): Promise<string> {
    const context = `comments|${video}|${viewer?.id ?? '-'}`;
    const after = cursor === undefined ? NEWEST : openKeyset(context, cursor);
    const [rows] = await Promise.all([
      this.read(video, after, limit + 1),
      this.subjects.findVisible(video, viewer),
    ]);
    const page = rows.slice(0, limit);
    const authors = await allOf(page.map((row) => this.authors.text(row[1])));
    const shownVideo = encodeId(video);
    const items = page.map((row, i) => commentText(shownVideo, row, authors[i]!));
    const last = rows.length > limit ? page.at(-1) : undefined;
    const next = last ? `"${sealKeyset(context, { time: last[3], id: last[0] })}"` : 'null';
    return `{"items":[${items.join(',')}],"next_cursor":${next}}`;
  }

  private read(video: Id, after: Keyset, limit: number): Promise<CommentColumns[]> {
    return reads<CommentColumns[]>`
      select id, user_id, content, created_at from comments
      where video_id = ${video}::bigint and (created_at, id) < (${after.time}::timestamptz, ${after.id}::bigint)
      order by created_at desc, id desc limit ${limit}`.values() as unknown as Promise<CommentColumns[]>;
  }
}
