-- Makes a user like a video, or not. Returns {the video's likes after that, 1 where the list of its likers is wanted}, or
-- nothing where only the database knows whether he does, and nobody said.
-- KEYS: the video's latest operations, its likers, the log.
-- ARGV: video, user, "1" or "0", and, as the database has it, whether he likes it and how many do, or "" twice; how many
-- likers a list may have.
local video, user, wanted = ARGV[1], ARGV[2], ARGV[3]
local latest = redis.call('HMGET', KEYS[1], user, 'count')
local likers = redis.call('SMISMEMBER', KEYS[2], user, 'complete')
local complete, liked = likers[2] == 1
if latest[1] then
  liked = string.sub(latest[1], 1, 1)
elseif complete then
  liked = tostring(likers[1])
elseif ARGV[4] ~= '' then
  liked = ARGV[4]
else
  return false
end

local count = tonumber(latest[2]) or complete and redis.call('SCARD', KEYS[2]) - 1 or tonumber(ARGV[5])
if liked == wanted then return {count, 0} end

-- The first like of all: its set is complete.
if count == 0 and wanted == '1' and not complete and not latest[2] then
  redis.call('SADD', KEYS[2], 'complete')
  complete = true
end
count = math.max(0, count + (wanted == '1' and 1 or -1))
local id = redis.call('XADD', KEYS[3], '*', 'o', video .. ' ' .. user .. ' ' .. wanted)
redis.call('HSET', KEYS[1], user, wanted .. id, 'count', count)
-- Of a video that many come to, the list is worth its reading; one of them is asked for it.
if not complete then
  return {count, count <= tonumber(ARGV[6]) and redis.call('HLEN', KEYS[1]) == 9 and 1 or 0}
end
if count > tonumber(ARGV[6]) then
  redis.call('UNLINK', KEYS[2])
else
  redis.call(wanted == '1' and 'SADD' or 'SREM', KEYS[2], user)
  if not latest[2] then redis.call('PERSIST', KEYS[2]) end -- it expires only where no operation is kept
end
return {count, 0}
