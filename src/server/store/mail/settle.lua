-- Ends the lease of a mail: removes it, or, with a record, puts it back for another time. A mail that another server
-- has removed meanwhile stays removed. Returns how many records changed.

local mails, due = KEYS[1], KEYS[2]
local id, record, at = ARGV[1], ARGV[2], ARGV[3]

if record == '' then
  redis.call('ZREM', due, id)
  return redis.call('HDEL', mails, id)
end
if redis.call('HEXISTS', mails, id) == 0 then return 0 end
redis.call('HSET', mails, id, record)
redis.call('ZADD', due, at, id)
return 1
