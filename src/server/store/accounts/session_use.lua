-- Finds an owner by session, and keeps the session alive.
-- KEYS 3: the session; ARGV 1: seconds it lives without use. Returns id and record; nil when it is none.

local session, life = KEYS[3], tonumber(ARGV[1])
-- A page asks dozens of times; what changes nothing that anybody could notice need not be written each time.
local coarse = 3600

local stored = redis.call('GET', session)
if not stored then return nil end
local id, epoch = string.match(stored, '^([^ ]+) (%d+)$')
if not id then return { '', '' } end

local record = redis.call('HGET', owners, id)
local owner = record and decode(record)
if record and not owner then return { id, record } end
if not owner or owner.epoch ~= epoch then
  redis.call('DEL', session)
  return nil
end
if redis.call('TTL', session) < life - coarse then redis.call('EXPIRE', session, life) end
return { id, record }
