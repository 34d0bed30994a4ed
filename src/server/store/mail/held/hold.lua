-- Decides whether a visit gets a mail of its own, or waits with others for the end of the owner's hour. An hour begins with its
-- first visit. A visit that was decided before is answered the same again.
-- Returns 0 for a mail of its own, else when the hour ends (ms).

local hour, told, held = KEYS[1], KEYS[2], KEYS[3]
local event, visit, now, length = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]) -- a name; JSON; ms; ms
local most_sent, most_held, most_told = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]) -- counts
local life, must_wait = ARGV[8], ARGV[9] == '1' -- ms; whether it cannot have a mail of its own

local from, sent = unpack(redis.call('HMGET', hour, 'from', 'sent'))
from, sent = tonumber(from), tonumber(sent)
local waits = redis.call('EXISTS', held) == 1
if not from or now < from or (now >= from + length and not waits) then
  from, sent = now, 0
  redis.call('HSET', hour, 'from', int(from), 'sent', 0)
end

local own, waiting = 'o ' .. event, 'w ' .. event
if redis.call('ZSCORE', told, waiting) then return from + length end
local had_own = redis.call('ZSCORE', told, own)
if had_own and not must_wait then return 0 end

local function note(name)
  redis.call('ZADD', told, int(now), name)
  redis.call('ZREMRANGEBYRANK', told, 0, -(most_told + 1))
  for _, key in ipairs({ hour, told, held }) do redis.call('PEXPIRE', key, life) end
end

if not (must_wait or waits) and sent < most_sent then
  redis.call('HINCRBY', hour, 'sent', 1)
  note(own)
  return 0
end
if had_own then
  redis.call('ZREM', told, own)
  if sent > 0 then redis.call('HINCRBY', hour, 'sent', -1) end
end
if redis.call('LLEN', held) < most_held then
  redis.call('RPUSH', held, visit)
else
  redis.call('HINCRBY', hour, 'more', 1)
end
note(waiting)
return from + length
