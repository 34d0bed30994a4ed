-- Revokes an API key. Returns done; none, when this owner has no such key.

local api_keys, owner_keys = KEYS[3], KEYS[4] -- of all owners; of this one
local owner_id, key_id = ARGV[1], ARGV[2]

local record = redis.call('HGET', owner_keys, key_id)
if not record then return 'none' end
redis.call('HDEL', owner_keys, key_id)
redis.call('HDEL', api_keys, string.match(record, '^[^ ]*'))
announce(changed, owner_id)
return 'done'
