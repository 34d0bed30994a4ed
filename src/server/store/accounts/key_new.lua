-- Makes an API key. KEYS 3, 4: all API keys, those of this owner.
-- ARGV 1..5: owner, the key's id, its digest, how it begins, its label.
-- Returns the microseconds when it was made; nil when there is no such owner.

local api_keys, own_keys = KEYS[3], KEYS[4]

if redis.call('HEXISTS', owners, ARGV[1]) == 0 then return nil end
local made = now()
redis.call('HSET', api_keys, ARGV[3], ARGV[1])
redis.call('HSET', own_keys, ARGV[2], table.concat({ ARGV[3], made, ARGV[4], ARGV[5] }, ' '))
return made
