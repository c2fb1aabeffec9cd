import { encodeId } from '../base/ids.js';
import { toRfc3339 } from '../base/time.js';
import type { CardRow, CardState, FileColumns } from './card_rows.js';
import { issuePlayToken, signedBase } from './playback.js';

const numberOrNull = (text: string | null) => (text === null ? null : Number(text));
const timeOrNull = (time: string | null) => (time === null ? null : toRfc3339(time));

function urlsOf(row: CardRow, window: number) {
  if (!row.rev || row.files.length === 0)
    return { hls_url: null, mp4_url: null, thumbnail_url: null, preview: null, files: [] };
  const base = signedBase(row.id, row.rev, window);
  const url = (key: string | null) => (key === null ? null : base + key);
  const prefix = `videos/${encodeId(row.id)}/${row.rev}/`;
  return {
    hls_url: url(row.video_url),
    mp4_url: base + progressive(row.files)[4],
    thumbnail_url: url(row.thumbnail_url),
    preview: row.preview_url && { vtt_url: url(row.preview_url), image_url: `${base}${prefix}preview.jpg` },
    files: row.files.map(([quality, width, height, bitrate, key]) => ({
      quality,
      width,
      height,
      bitrate,
      file_url: base + key,
    })),
  };
}

/** The largest of at most 480 lines, else the smallest. */
function progressive(files: FileColumns[]): FileColumns {
  return files.findLast(([, width, height]) => Math.min(width, height) <= 480) ?? files[0]!;
}

/** What stays until the video is edited or replaced, or its URLs get too old; without the closing brace. */
export function lastingText(row: CardRow, window: number): string {
  const card = {
    id: encodeId(row.id),
    title: row.title,
    description: row.description,
    status: row.status,
    failure: row.failure_code && { code: row.failure_code, detail: row.failure_detail },
    progress: numberOrNull(row.progress),
    visibility: row.visibility,
    author: { id: encodeId(row.user_id), username: row.username },
    duration: row.duration,
    width: numberOrNull(row.width),
    height: numberOrNull(row.height),
    created_at: toRfc3339(row.created_at),
    uploaded_at: timeOrNull(row.uploaded_at),
    playable_at: timeOrNull(row.playable_at),
    ready_at: timeOrNull(row.published_at),
    published_at: timeOrNull(row.published_at),
    ...urlsOf(row, window),
  };
  return JSON.stringify(card).slice(0, -1);
}

/** With what changes with every view. Only viewers who are not signed in are asked about, and they like nothing. */
export function completeText(lasting: string, state: CardState): string {
  const token = state.rev === null ? 'null' : `"${issuePlayToken(state.id)}"`;
  return (
    `${lasting},"view_count":${state.view_count},"like_count":${state.like_count},` +
    `"comment_count":${state.comment_count},"liked":false,"play_token":${token}}`
  );
}
