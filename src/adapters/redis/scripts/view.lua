-- A report of watching: what it adds to what was told before, each thing once in a window.
-- KEYS: what this viewer told of this video, views of this video that this network tried, the sums to come.
-- ARGV: video, user or "", reached the threshold, reached the end, milliseconds watched of this play token, its second of
-- issue, seconds of a window, views that count from one network or "".
-- Returns 0: a view was counted; 1: below the threshold, 2: was counted already, 3: too many of this network.
local video, user, threshold, ended = ARGV[1], ARGV[2], ARGV[3] == '1', ARGV[4] == '1'
local reported, issued, window = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7])
local now = tonumber(redis.call('TIME')[1])

local since, started, viewed, completed, watched = now, false, false, false, 0
local kept = redis.call('GET', KEYS[1])
if kept then
  local begun, flags, token, milliseconds = string.match(kept, '(%d+) (%d) (%d+) (%d+)')
  if token == issued then watched = tonumber(milliseconds) end
  begun = math.min(tonumber(begun), now) -- the clock may have been set back
  if now - begun < window then
    since, flags = begun, tonumber(flags)
    started, viewed, completed = flags % 2 >= 1, flags % 4 >= 2, flags >= 4
  end
end

local function too_many_of_network()
  if ARGV[8] == '' then return false end
  local most = tonumber(ARGV[8])
  if redis.call('SET', KEYS[2], 1, 'EX', window, 'NX') then return most < 1 end
  return redis.call('INCR', KEYS[2]) > most
end

local verdict, added = 0, 0
if not threshold then
  verdict = 1
elseif viewed then
  verdict = 2
elseif too_many_of_network() then
  verdict = 3
else
  viewed, since, added = true, now, 2
end
if not started then added = added + 1 end
if ended and viewed and not completed then
  completed, added = true, added + 4
end
local milliseconds = math.max(0, reported - watched)
if added == 0 and milliseconds == 0 then return verdict end

-- Twice the window, since milliseconds of a play token count once also where it is reported after the window.
local flags = 1 + (viewed and 2 or 0) + (completed and 4 or 0)
local told = string.format('%.0f %d %s %.0f', since, flags, issued, watched + milliseconds)
redis.call('SET', KEYS[1], told, 'EX', 2 * window)
-- One number for each combination of what was added, since most reports add several things at once.
if added > 0 then redis.call('HINCRBY', KEYS[3], video .. ' ' .. added, 1) end
if milliseconds > 0 then redis.call('HINCRBY', KEYS[3], video .. ' ms', string.format('%.0f', milliseconds)) end
if not started and user ~= '' then redis.call('HSET', KEYS[3], video .. ' u' .. user, '1') end
return verdict
