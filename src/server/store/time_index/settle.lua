-- Ends a lease: the name is due at another time, or, with '', no more. Does nothing when the name was noted since it
-- was leased.

local index = KEYS[1]
local name, leased, next_time = ARGV[1], tonumber(ARGV[2]), ARGV[3]

if tonumber(redis.call('ZSCORE', index, name)) ~= leased then return 0 end
if next_time == '' then return redis.call('ZREM', index, name) end
redis.call('ZADD', index, next_time, name)
return 1
