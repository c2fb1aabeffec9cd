-- Reports of watching: what each adds to what was told before, each thing once in a window.
-- KEYS: the sums to come; then of each report what this viewer told of this video, and the views of this video that this
-- network tried.
-- ARGV: of each report video, user or "", reached the threshold, reached the end, milliseconds watched of this play token,
-- its second of issue, seconds of a window, views that count from one network or "".
-- Returns of each report 0: a view was counted; 1: below the threshold, 2: was counted already, 3: too many of this
-- network.
local call, match, format = redis.call, string.match, string.format
local pending = KEYS[1]
local now = tonumber(call('TIME')[1])

local function too_many_of(network, window, most)
  if most == '' then return false end
  most = tonumber(most)
  if call('SET', network, 1, 'EX', window, 'NX') then return most < 1 end
  return call('INCR', network) > most
end

local function report(watch, network, video, user, threshold, ended, reported, issued, window, most)
  threshold, ended, reported, window = threshold == '1', ended == '1', tonumber(reported), tonumber(window)
  local since, started, viewed, completed, watched = now, false, false, false, 0
  local kept = call('GET', watch)
  if kept then
    local begun, flags, token, milliseconds = match(kept, '(%d+) (%d) (%d+) (%d+)')
    if token == issued then watched = tonumber(milliseconds) end
    begun = math.min(tonumber(begun), now) -- the clock may have been set back
    if now - begun < window then
      since, flags = begun, tonumber(flags)
      started, viewed, completed = flags % 2 >= 1, flags % 4 >= 2, flags >= 4
    end
  end

  local verdict, added = 0, 0
  if not threshold then
    verdict = 1
  elseif viewed then
    verdict = 2
  elseif too_many_of(network, window, most) then
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
  call('SET', watch, format('%.0f %d %s %.0f', since, flags, issued, watched + milliseconds), 'EX', 2 * window)
  -- One number for each combination of what was added, since most reports add several things at once.
  if added > 0 then call('HINCRBY', pending, video .. ' ' .. added, 1) end
  if milliseconds > 0 then call('HINCRBY', pending, video .. ' ms', format('%.0f', milliseconds)) end
  if not started and user ~= '' then call('HSET', pending, video .. ' u' .. user, '1') end
  return verdict
end

local verdicts = {}
for i = 1, (#KEYS - 1) / 2 do
  verdicts[i] = report(KEYS[2 * i], KEYS[2 * i + 1], unpack(ARGV, 8 * i - 7, 8 * i))
end
return verdicts
