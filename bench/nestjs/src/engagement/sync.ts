import { randomUUID } from 'node:crypto';
import { jobs } from '../engines/postgres.js';
import { hotTerm, hotWith, hotWithout, WEIGHT } from '../engines/hot_score.js';
import { redis } from '../engines/redis.js';
import { LIKES_LOG } from './likes.js';

const BATCHES = 'views:batches';
const MOST_LIKES = 5000;
const PAIRS = 'unnest($1::bigint[], $2::bigint[]) p(video_id, user_id)';

const ADD_VIEWS = `
  update videos set view_count = view_count + d.views, hot_score = ${hotWith(hotTerm('d.views'))}
  from unnest($1::bigint[], $2::bigint[]) d(video_id, views) where videos.id = d.video_id`;

const ADD_LIKES = `
  with added as (
    insert into likes (user_id, video_id, created_at, hot_term)
    select u.id, v.id, now(), ${hotTerm(WEIGHT.like)}
    from ${PAIRS} join videos v on v.id = p.video_id join users u on u.id = p.user_id
    on conflict do nothing returning video_id),
  d as (select video_id, count(*) as likes from added group by video_id)
  update videos set like_count = like_count + d.likes, hot_score = ${hotWith(hotTerm(`${WEIGHT.like} * d.likes`))}
  from d where videos.id = d.video_id`;

const REMOVE_LIKES = `
  with gone as (
    delete from likes l using ${PAIRS} where l.user_id = p.user_id and l.video_id = p.video_id
    returning l.video_id, l.hot_term),
  highest as (select *, max(hot_term) over (partition by video_id) as hottest from gone),
  d as (
    select video_id, count(*) as likes, max(hottest) + ln(sum(exp(greatest(hot_term - hottest, -700)))) as term
    from highest group by video_id)
  update videos set like_count = like_count - d.likes, hot_score = ${hotWithout('d.term')}
  from d where videos.id = d.video_id`;

const array = (values: string[]) => `{${values.join(',')}}`;

/** Moves a batch of views to PostgreSQL, which takes each once. */
export async function syncViews(): Promise<void> {
  const batch = await redis.closeViews('views:pending', BATCHES, `views:batch:${randomUUID()}`);
  if (batch === null) return;
  const sums = await redis.hgetall(batch);
  await jobs.begin(async (transaction) => {
    const inserted = await transaction`
      insert into view_batches (id, added_at) values (${batch}, now()) on conflict do nothing returning id`;
    if (inserted.length > 0)
      await transaction.unsafe(ADD_VIEWS, [array(Object.keys(sums)), array(Object.values(sums))], {
        prepare: true,
      });
  });
  await redis.lrem(BATCHES, 1, batch);
  await redis.unlink(batch);
}

/** Moves what likes came to. Doing so once more changes nothing, so nothing but order matters: there is one who syncs. Returns
 * whether there is more. */
export async function syncLikes(): Promise<boolean> {
  const entries = await redis.xrange(LIKES_LOG, '-', '+', 'COUNT', MOST_LIKES);
  const last = entries.at(-1);
  if (!last) return false;
  const ends = new Map<string, boolean>();
  for (const [, [, operation]] of entries) {
    const pair = operation!.slice(0, -2);
    ends.set(pair, operation!.endsWith('1'));
  }
  const columns = (liked: boolean) => {
    const pairs = [...ends].filter(([, end]) => end === liked).map(([pair]) => pair.split(' '));
    return [0, 1].map((column) => array(pairs.map((pair) => pair[column]!)));
  };
  await jobs.begin(async (transaction) => {
    await transaction.unsafe(ADD_LIKES, columns(true), { prepare: true });
    await transaction.unsafe(REMOVE_LIKES, columns(false), { prepare: true });
  });
  const [milliseconds, number] = last[0].split('-');
  await redis.xtrim(LIKES_LOG, 'MINID', `${milliseconds}-${Number(number) + 1}`);
  return entries.length === MOST_LIKES;
}
