-- GCRA: when the bucket of KEYS[1] is full again is all that is kept, in microseconds.
-- ARGV: burst, interval in microseconds, actions to count (0: only look).
-- Returns {allowed, remaining, retry_after, reset}.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, count = tonumber(ARGV[2]), tonumber(ARGV[3])
local capacity = interval * ARGV[1]
-- Never further away than an empty bucket is: the clock may have been set back.
local full_at = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or now), now), now + capacity)
local next = full_at + interval * math.max(count, 1)
local allowed, retry_after = 1, 0
if next - now > capacity then
  allowed, retry_after = 0, next - now - capacity
elseif count > 0 then
  full_at = next
  redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
end
return {allowed, math.floor((capacity - (full_at - now)) / interval), retry_after, full_at - now}
