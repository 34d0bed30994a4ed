-- Finds an owner by API key, and notes the use.
-- Returns the owner's id and record, and the key's scope; nil when there is no such key, or it has expired.

local api_keys = KEYS[3]
local digest, clock = ARGV[1], ARGV[2]
-- The last use is noted at most this often, in milliseconds: one write an hour, not one a request.
local note_every = 3600000

local key = redis.call('HGET', api_keys, digest)
if not key then return nil end
-- Of the first versions it is the owner's id alone.
local id, scope, expires, used, more = string.match(key, '^([^ ]+) ([^ ]+) (%d+) (%d+)(.*)$')
if not id then id, scope, expires, used, more = key, 'write', '0', '0', '' end
local record = redis.call('HGET', owners, id)
if not record then return nil end
local now = unix_ms(clock)
if expires ~= '0' and now >= tonumber(expires) then return nil end
if now - tonumber(used) >= note_every then
  -- Where Redis is full the key works all the same.
  redis.pcall('HSET', api_keys, digest, table.concat({ id, scope, expires, int(now) }, ' ') .. more)
end
return { id, record, scope }
