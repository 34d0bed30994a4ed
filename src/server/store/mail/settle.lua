-- Ends the lease of a mail: removes it, or, with a record, puts it back for another time. A mail that another server
-- has removed meanwhile stays removed, and one from which something was erased stays as it is. Returns how many records there
-- were.

local mails, due = KEYS[1], KEYS[2]
local id, record, at, taken = ARGV[1], ARGV[2], ARGV[3], ARGV[4] -- a time in ms; the record before

if record == '' then
  redis.call('ZREM', due, id)
  return redis.call('HDEL', mails, id)
end
local found = redis.call('HGET', mails, id)
if not found then return 0 end
if found == taken then redis.call('HSET', mails, id, record) end
redis.call('ZADD', due, at, id)
return 1
