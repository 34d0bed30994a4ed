-- Notes that a server is writing a file. Returns 1; 0, when that was noted before.

local writing = KEYS[1]
local until_time, name = ARGV[1], ARGV[2] -- in Unix milliseconds

return redis.call('ZADD', writing, until_time, name)
