-- A visit that is none: a bot's, a link preview's, a page loaded ahead.
-- KEYS: the count, the record of the link, the channel.

if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.pcall('SPUBLISH', KEYS[3], '')
return redis.call('INCR', KEYS[1])
