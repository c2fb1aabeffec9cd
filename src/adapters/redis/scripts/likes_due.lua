-- What follows in the log of likes, of which the database has all up to ARGV[2]; and forgets what it has had for long.
-- KEYS: the log, its epoch, marks of how far the database was when.
-- ARGV: the epoch and the offset that the database has, a new epoch's name, how old an operation must be and how long it
-- is remembered beyond that, in milliseconds, and how many to return.
-- Returns {epoch, operations, 1 where there is more}; an operation is {id, {"o", "video user liked"}}.
local log, marks, offset, most = KEYS[1], KEYS[3], ARGV[2], tonumber(ARGV[6])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- The log is new, or everything was lost: the database is to learn it before anything else.
redis.call('SET', KEYS[2], ARGV[3], 'NX')
local epoch = redis.call('GET', KEYS[2])
if epoch ~= ARGV[1] then return {epoch, {}, 0} end

local function parsed(mark) return string.match(mark, '(%d+) (%S+)') end
local newest = redis.call('LINDEX', marks, -1)
if not newest or select(2, parsed(newest)) ~= offset then redis.call('RPUSH', marks, now .. ' ' .. offset) end

local more = 0
local oldest = redis.call('LINDEX', marks, 0)
local at, upto = parsed(oldest)
if math.abs(now - at) >= tonumber(ARGV[5]) then
  local known = redis.call('XRANGE', log, '-', upto, 'COUNT', most)
  local forgotten = {}
  for _, entry in ipairs(known) do
    local video, user, liked = string.match(entry[2][2], '(%S+) (%S+) (%S+)')
    local latest = 'video:' .. video .. ':ops'
    if redis.call('HGET', latest, user) == liked .. entry[1] then
      redis.call('HDEL', latest, user)
      forgotten[video] = latest
    end
  end
  for video, latest in pairs(forgotten) do
    if redis.call('HLEN', latest) == 1 then -- the count
      redis.call('DEL', latest)
      redis.call('EXPIRE', 'video:' .. video .. ':likes', 3600)
    end
  end
  if known[1] then
    local time, number = string.match(known[#known][1], '(%d+)-(%d+)')
    redis.call('XTRIM', log, 'MINID', time .. '-' .. string.format('%.0f', number + 1))
  end
  if #known < most then redis.call('LPOP', marks) end
  more = 1
end

local operations = {}
for _, entry in ipairs(redis.call('XRANGE', log, '(' .. offset, '+', 'COUNT', most)) do
  local age = now - string.match(entry[1], '%d+')
  if age >= 0 and age < tonumber(ARGV[4]) then break end
  operations[#operations + 1] = entry
end
if #operations == most then more = 1 end
return {epoch, operations, more}
