-- Keeps all who like a video, as the database had it a while ago; what was done since is known.
-- KEYS: the video's latest operations, its likers. ARGV: the users.
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('SADD', KEYS[2], 'complete')
for first = 1, #ARGV, 1000 do
  redis.call('SADD', KEYS[2], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
local latest = redis.call('HGETALL', KEYS[1])
for i = 1, #latest, 2 do
  if latest[i] ~= 'count' then
    redis.call(string.sub(latest[i + 1], 1, 1) == '1' and 'SADD' or 'SREM', KEYS[2], latest[i])
  end
end
if #latest == 0 then redis.call('EXPIRE', KEYS[2], 3600) end
return 1
