-- Takes what is due, and leases it: it is due again after the lease unless it is settled before.

local index = KEYS[1]
local now, lease, most = ARGV[1], tonumber(ARGV[2]), ARGV[3]

local due = redis.call('ZRANGEBYSCORE', index, '-inf', now, 'LIMIT', 0, most)
for _, name in ipairs(due) do redis.call('ZADD', index, int(now + lease), name) end
return due
