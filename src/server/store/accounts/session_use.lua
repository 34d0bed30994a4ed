-- Finds an owner by session, and prolongs the session.
-- Returns id and record; nil when there is no such session, or it has ended.

local session, life = KEYS[3], tonumber(ARGV[1]) -- seconds without use
-- One page makes dozens of requests; a session is prolonged at most this often, in seconds.
local prolong_every = 3600

local stored = redis.call('GET', session)
if not stored then return nil end
-- A newer version may have written more behind them.
local id, epoch = string.match(stored .. ' ', '^([^ ]+) (%d+) ')
-- The app logs what it cannot read, here and below.
if not id then return { '', '' } end

local record = redis.call('HGET', owners, id)
local owner = record and decode(record)
if record and not owner then return { id, record } end
if not owner or owner.epoch ~= epoch then
  redis.call('DEL', session)
  return nil
end
if redis.call('TTL', session) < life - prolong_every then redis.call('EXPIRE', session, life) end
return { id, record }
