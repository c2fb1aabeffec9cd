-- Closes the sums that have come in, as a batch, and returns the oldest batch that is old enough: {id, fields}, or nothing.
-- KEYS: the sums to come, the batches, when the newest was closed. ARGV: an id for a new batch, how old one must be, and how long none is closed after
-- another, in milliseconds.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local closed = redis.call('GET', KEYS[3])
local is_time = not closed or math.abs(now - closed) >= tonumber(ARGV[3])
local fields = redis.call('HLEN', KEYS[1])
if fields >= 20000 or is_time and fields > 0 then
  redis.call('SET', KEYS[3], string.format('%.0f', now))
  redis.call('RENAME', KEYS[1], 'views:batch:' .. ARGV[1])
  redis.call('ZADD', KEYS[2], now, ARGV[1])
end
local oldest = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
-- One of the future is as old as one can be: the clock was set back.
if not oldest[1] or math.abs(now - oldest[2]) < tonumber(ARGV[2]) then return false end
return {oldest[1], redis.call('HGETALL', 'views:batch:' .. oldest[1])}
