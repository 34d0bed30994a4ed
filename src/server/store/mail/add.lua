-- Queues a mail. Returns 1; 0, without a change, when too many wait.

local mails, due = KEYS[1], KEYS[2]
local id, record, at, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

if redis.call('HLEN', mails) >= most then return 0 end
redis.call('HSET', mails, id, record)
redis.call('ZADD', due, at, id)
return 1
