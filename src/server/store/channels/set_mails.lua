-- Sets fields of what an owner has set for mails about visits. It counts as a change of the channels: links are marked anew.

local mails, generation = KEYS[1], KEYS[2]
local fields = ARGV -- name, value, name, value, …

redis.call('HSET', mails, unpack(fields))
redis.call('INCR', generation)
