-- Reads the channels of an owner. Returns the count of their changes, and ids and records in turn.

local channels, generation = KEYS[1], KEYS[2]

return { tonumber(redis.call('GET', generation) or 0), redis.call('HGETALL', channels) }
