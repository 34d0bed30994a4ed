-- Finds an owner by session, and prolongs the session.
-- Returns id, record, and whether the session is listed: 'listed', or 'unlisted' where an earlier version began it. nil
-- when there is no such session, or it has ended.

local session = KEYS[3]
local life, longest, clock = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] -- seconds without use, and in all
-- One page makes dozens of requests; a session is prolonged at most this often, in seconds.
local prolong_every = 3600

local stored = redis.call('GET', session)
if not stored then return nil end
local found = decode_session(stored)
-- The app logs what it cannot read, here and below.
if not found then return { '', '', '' } end

local record = redis.call('HGET', owners, found.id)
local owner = record and decode(record)
if record and not owner then return { found.id, record, '' } end
local now = math.floor(unix_ms(clock) / 1000)
local is_listed = found.created ~= nil
local left = (tonumber(found.created) or now) + longest - now
if not owner or owner.epoch ~= found.epoch or left <= 0 then
  redis.call('DEL', session)
  return nil
end
local until_end = math.min(life, left)
local is_due = not is_listed or now - tonumber(found.used) >= prolong_every
if is_due or redis.call('TTL', session) < until_end - prolong_every then
  found.created, found.used = found.created or int(now), int(now)
  local kept = redis.pcall('SET', session, encode_session(found), 'EX', int(until_end))
  -- Where Redis is full the session lives on all the same.
  if kept.err then redis.call('EXPIRE', session, int(until_end)) end
end
return { found.id, record, is_listed and 'listed' or 'unlisted' }
