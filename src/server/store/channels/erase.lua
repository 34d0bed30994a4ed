-- Removes deliveries of a channel, sent or not. Returns their number.

local deliveries, queue, log = KEYS[1], KEYS[2], KEYS[3]
local ids = ARGV

redis.call('ZREM', queue, unpack(ids))
redis.call('ZREM', log, unpack(ids))
return redis.call('HDEL', deliveries, unpack(ids))
