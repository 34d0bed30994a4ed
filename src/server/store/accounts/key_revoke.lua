-- Revokes an API key. KEYS 3, 4: all API keys, those of this owner; ARGV 1: the key's id.
-- Returns done; or none, when this owner has no such key.

local api_keys, own_keys = KEYS[3], KEYS[4]

local record = redis.call('HGET', own_keys, ARGV[1])
if not record then return 'none' end
redis.call('HDEL', own_keys, ARGV[1])
redis.call('HDEL', api_keys, string.match(record, '^[^ ]*'))
announce()
return 'done'
