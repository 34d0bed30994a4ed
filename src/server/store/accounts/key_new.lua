-- Creates an API key. Returns its creation time in Unix microseconds; nil when there is no such owner.

local api_keys, owner_keys = KEYS[3], KEYS[4] -- of all owners; of this one
local owner_id, key_id, digest, hint, label = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local scope, expires = ARGV[6], ARGV[7] -- in Unix milliseconds; 0: never

if redis.call('HEXISTS', owners, owner_id) == 0 then return nil end
local created = int(unix_us())
redis.call('HSET', api_keys, digest, table.concat({ owner_id, scope, expires, '0' }, ' '))
redis.call('HSET', owner_keys, key_id, table.concat({ digest, created, hint, label }, ' '))
return created
