-- Replaces the record of an owner's two-factor sign-in. Returns done; none, when it is not as expected any more: then
-- another request has used the same code.

local second_factors = KEYS[3]
local id, expected, new = ARGV[1], ARGV[2], ARGV[3]

if redis.call('HGET', second_factors, id) ~= expected then return 'none' end
redis.call('HSET', second_factors, id, new)
return 'done'
