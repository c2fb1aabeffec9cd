import { Injectable } from '@nestjs/common';
import type { Viewer } from '../accounts/access_tokens.js';
import { encodeId, type Id } from '../base/ids.js';
import { playTokenIssuedAt } from '../catalog/playback.js';
import { Subjects } from '../catalog/subjects.js';
import { redis } from '../engines/redis.js';
import { invalidField } from '../http/problem.js';
import { networkOf, viewerOf } from './viewer_tokens.js';

const ONCE_IN_SECONDS = 1800;
const TOKEN_LIFE_MS = 12 * 3600 * 1000;
const LONGEST_THRESHOLD_MS = 3000;

export interface Sender {
  viewer: Viewer | null;
  token: string | undefined;
  address: string;
}

export interface Report {
  playToken: string;
  watchedMs: number;
}

function watcherOf({ viewer, token, address }: Sender): string {
  if (viewer) return `u${encodeId(viewer.id)}`;
  const anonymous = token === undefined ? undefined : viewerOf(token);
  return anonymous ? `v${anonymous}` : `a${networkOf(address)}`;
}

@Injectable()
export class Views {
  constructor(private readonly subjects: Subjects) {}

  async report(video: Id, sender: Sender, { playToken, watchedMs }: Report) {
    const issued = playTokenIssuedAt(playToken, video);
    if (issued === undefined) throw invalidField('play_token', 'is not a play token of this video.');
    const sinceIssue = Date.now() - issued * 1000;
    if (sinceIssue > TOKEN_LIFE_MS) throw invalidField('play_token', 'has expired; get the video again.');
    const subject = await this.subjects.findVisible(video, sender.viewer);
    const answer = { view_count: Number(subject.view_count) };
    const threshold = Math.min(LONGEST_THRESHOLD_MS, (subject.duration ?? 0) * 500);
    const reached = Math.min(watchedMs, sinceIssue);
    if (reached < threshold) {
      const reason = watchedMs < threshold ? 'watched_too_little' : 'too_soon';
      return { counted: false, ...answer, reason, retry_after_ms: Math.ceil(threshold - reached) };
    }
    const id = encodeId(video);
    const key = `watch:${id}:${watcherOf(sender)}`;
    const counted = await redis.view(key, 'views:pending', video, ONCE_IN_SECONDS);
    return counted === 1
      ? { counted: true, ...answer }
      : { counted: false, ...answer, reason: 'already_counted' };
  }
}
