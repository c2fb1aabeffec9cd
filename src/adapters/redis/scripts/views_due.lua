-- Closes the sums that have come in, as a batch, and returns the oldest batch that is old enough: {id, fields}, or nothing.
-- KEYS: the sums to come, the batches. ARGV: an id for a new batch, how old one must be, and how long none is closed after
-- another, in milliseconds.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local newest = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
local is_time = not newest[1] or math.abs(now - newest[2]) >= tonumber(ARGV[3])
if is_time and redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('RENAME', KEYS[1], 'views:batch:' .. ARGV[1])
  redis.call('ZADD', KEYS[2], now, ARGV[1])
end
local oldest = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
-- One of the future is as old as one can be: the clock was set back.
if not oldest[1] or math.abs(now - oldest[2]) < tonumber(ARGV[2]) then return false end
return {oldest[1], redis.call('HGETALL', 'views:batch:' .. oldest[1])}
