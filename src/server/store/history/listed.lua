-- Returns the names of all sealed files that count, and of those that a server is writing, with the time until which it may.
-- Forgets those that took too long.

local sealed, writing = KEYS[1], KEYS[2]
local now = ARGV[1] -- ms

redis.call('ZREMRANGEBYSCORE', writing, '-inf', '(' .. now)
return { redis.call('HKEYS', sealed), redis.call('ZRANGE', writing, 0, -1, 'WITHSCORES') }
