-- Takes today's turn. Returns 1; 0, when another server has it.

local turn = KEYS[1]
local now, life = ARGV[1], ARGV[2] -- in Unix milliseconds; in seconds

return redis.call('SET', turn, now, 'NX', 'EX', life) and 1 or 0
