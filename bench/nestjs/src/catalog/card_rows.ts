import { idList, type Id } from '../base/ids.js';
import { reads } from '../engines/postgres.js';

/** What decides whether and how a card is shown, and what changes with every view. */
export interface CardState {
  id: Id;
  rev: string | null;
  edits: string;
  status: string;
  visibility: string;
  view_count: string;
  like_count: string;
  comment_count: string;
}

export type FileColumns = [quality: string, width: number, height: number, bitrate: number, key: string];

export interface CardRow extends CardState {
  user_id: Id;
  username: string;
  title: string;
  description: string;
  progress: string | null;
  failure_code: string | null;
  failure_detail: string | null;
  video_url: string | null;
  thumbnail_url: string | null;
  preview_url: string | null;
  duration: number | null;
  width: string | null;
  height: string | null;
  created_at: string;
  uploaded_at: string | null;
  playable_at: string | null;
  published_at: string | null;
  files: FileColumns[];
}

export function readStates(ids: Iterable<Id>) {
  return reads<CardState[]>`
    select id, rev, edits, status, visibility, view_count, like_count, comment_count
    from videos where id = any(${idList(ids)}::bigint[])`;
}

/** In one statement, so that the files are of the revision that the row names. */
export function readCards(ids: Iterable<Id>) {
  return reads<CardRow[]>`
    select v.id, v.rev, v.edits, v.status, v.visibility, v.view_count, v.like_count, v.comment_count, v.user_id,
      u.username, v.title, v.description, v.progress, v.failure_code, v.failure_detail, v.video_url, v.thumbnail_url,
      v.preview_url, v.duration, v.width, v.height, v.created_at, v.uploaded_at, v.playable_at, v.published_at,
      (select coalesce(json_agg(json_build_array(quality, width, height, bitrate, file_url) order by width), '[]')
        from video_files where video_id = v.id) as files
    from videos v join users u on u.id = v.user_id where v.id = any(${idList(ids)}::bigint[])`;
}

export function readListingChanges(after: string, limit: number) {
  return reads<{ number: string; video_id: Id }[]>`
    select number, video_id from listing_changes where number > ${after}::bigint order by number desc limit ${limit}`;
}
