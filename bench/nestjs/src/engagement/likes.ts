import { Injectable } from '@nestjs/common';
import type { Viewer } from '../accounts/access_tokens.js';
import { encodeId, type Id } from '../base/ids.js';
import { Subjects } from '../catalog/subjects.js';
import { reads } from '../engines/postgres.js';
import { redis } from '../engines/redis.js';

export const LIKES_LOG = 'likes:operations';

/** A set of who likes a video decides. It is kept for an hour after its last use, when PostgreSQL has long been told. */
@Injectable()
export class Likes {
  constructor(private readonly subjects: Subjects) {}

  async set(video: Id, user: Viewer, liked: boolean) {
    await this.subjects.findVisible(video, user);
    const key = `video:${encodeId(video)}:likes`;
    let count = -1;
    while (count < 0) {
      count = await redis.like(key, LIKES_LOG, video, user.id, liked ? 1 : 0);
      if (count < 0) await this.loadLikers(video, key);
    }
    return { liked, like_count: count };
  }

  private async loadLikers(video: Id, key: string): Promise<void> {
    const rows = await reads<{ user_id: Id }[]>`select user_id from likes where video_id = ${video}::bigint`;
    await redis.keepLikers(key, ...rows.map((row) => row.user_id));
  }
}
