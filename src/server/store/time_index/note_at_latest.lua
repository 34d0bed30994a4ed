-- Notes that a name is due at a time, unless it is due earlier.

local index = KEYS[1]
local at, name = ARGV[1], ARGV[2]

return redis.call('ZADD', index, 'LT', at, name)
