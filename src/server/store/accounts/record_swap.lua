-- Replaces the record of a second factor or passkey. Returns done; none, when it is not as expected any more: then another
-- request has used the same code or the passkey.

local records = KEYS[3]
local id, expected, new = ARGV[1], ARGV[2], ARGV[3]

if redis.call('HGET', records, id) ~= expected then return 'none' end
redis.call('HSET', records, id, new)
return 'done'
