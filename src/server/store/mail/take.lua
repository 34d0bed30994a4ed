-- Takes mails that are due, and leases them: they are due again after the lease unless they are settled before.
-- Returns the id and the record of each.

local mails, due = KEYS[1], KEYS[2]
local now, lease, most = ARGV[1], tonumber(ARGV[2]), ARGV[3]

local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, most)) do
  local record = redis.call('HGET', mails, id)
  if record then
    redis.call('ZADD', due, int(now + lease), id)
    table.insert(taken, { id, record })
  else
    redis.call('ZREM', due, id)
  end
end
return taken
