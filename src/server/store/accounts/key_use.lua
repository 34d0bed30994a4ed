-- Finds an owner by API key. Returns id and record; nil when there is no such key.

local api_keys, digest = KEYS[3], ARGV[1]

local id = redis.call('HGET', api_keys, digest)
local record = id and redis.call('HGET', owners, id)
if not record then return nil end
return { id, record }
