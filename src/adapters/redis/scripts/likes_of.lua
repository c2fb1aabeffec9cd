-- What is known beyond the database of the likes of some videos. KEYS: their latest operations. ARGV: a user.
-- Returns for each {"1" or "0" and more, count}, both nothing where the database is current.
local known = {}
for i, key in ipairs(KEYS) do known[i] = redis.call('HMGET', key, ARGV[1], 'count') end
return known
