-- Writes the record of a channel if it is still as the caller has read it. Returns 1; 0, when it is another one.

local channels, generation = KEYS[1], KEYS[2]
local id, expected, record = ARGV[1], ARGV[2], ARGV[3] -- '' for `expected`: there is none; '' for `record`: remove it

if (redis.call('HGET', channels, id) or '') ~= expected then return 0 end
if record == '' then
  redis.call('HDEL', channels, id)
else
  redis.call('HSET', channels, id, record)
end
redis.call('INCR', generation)
return 1
