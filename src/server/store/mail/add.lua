-- Queues a mail. One whose id was queued within `life` is not queued again. Returns 1; 0, without a change, when too many wait.

local mails, due, known = KEYS[1], KEYS[2], KEYS[3]
local id, record, at, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local life = tonumber(ARGV[5]) -- ms; '': the id is a new one

if life then
  redis.call('ZREMRANGEBYSCORE', known, '-inf', '(' .. int(at - life))
  if redis.call('ZSCORE', known, id) then return 1 end
end
if redis.call('HLEN', mails) >= most then return 0 end
redis.call('HSET', mails, id, record)
redis.call('ZADD', due, at, id)
if life then redis.call('ZADD', known, at, id) end
return 1
