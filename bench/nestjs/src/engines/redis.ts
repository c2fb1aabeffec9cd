import { Redis, type Result } from 'ioredis';
import { settings } from '../settings.js';

/** Counts a view of a viewer once in ARGV[2] seconds. */
const VIEW = `
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then return 0 end
redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
return 1`;

/** Returns how many like the video, or -1 where its set is not here. Its marker is no user. */
const LIKE = `
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
if redis.call(ARGV[3] == '1' and 'SADD' or 'SREM', KEYS[1], ARGV[2]) == 1 then
  redis.call('XADD', KEYS[2], '*', 'o', ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. ARGV[3])
end
redis.call('EXPIRE', KEYS[1], 3600)
return redis.call('SCARD', KEYS[1]) - 1`;

/** Puts down who likes a video, as PostgreSQL had it, unless somebody else has: what was done since is in his. */
const KEEP_LIKERS = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('SADD', KEYS[1], 'complete')
for first = 1, #ARGV, 1000 do
  redis.call('SADD', KEYS[1], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
return redis.call('EXPIRE', KEYS[1], 3600)`;

/** Closes the sums that have come in as a batch, and returns the oldest that is not in PostgreSQL: its name, or nothing. */
const CLOSE_VIEWS = `
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('RENAME', KEYS[1], ARGV[1])
  redis.call('RPUSH', KEYS[2], ARGV[1])
end
return redis.call('LINDEX', KEYS[2], 0)`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    view(key: string, pending: string, video: string, seconds: number): Result<number, Context>;
    like(key: string, log: string, video: string, user: string, liked: number): Result<number, Context>;
    keepLikers(key: string, ...likers: string[]): Result<number, Context>;
    closeViews(pending: string, batches: string, batch: string): Result<string | null, Context>;
  }
}

export const redis = new Redis(settings.redisUrl, { enableAutoPipelining: true, maxRetriesPerRequest: 2 });
redis.defineCommand('view', { numberOfKeys: 2, lua: VIEW });
redis.defineCommand('like', { numberOfKeys: 2, lua: LIKE });
redis.defineCommand('keepLikers', { numberOfKeys: 1, lua: KEEP_LIKERS });
redis.defineCommand('closeViews', { numberOfKeys: 2, lua: CLOSE_VIEWS });
