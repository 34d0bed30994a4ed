-- Reads the channels of an owner. Returns the count of their changes, ids and records in turn, and what is set for mails:
-- names and values in turn.

local channels, generation, mails = KEYS[1], KEYS[2], KEYS[3]

return { tonumber(redis.call('GET', generation) or 0), redis.call('HGETALL', channels), redis.call('HGETALL', mails) }
