-- Finds an owner by API key. KEYS 3: all API keys; ARGV 1: the key's digest.
-- Returns id and record; nil when the key is none.

local id = redis.call('HGET', KEYS[3], ARGV[1])
local record = id and redis.call('HGET', owners, id)
if not record then return nil end
return { id, record }
