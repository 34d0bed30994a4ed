-- Replaces the record of a mail, or, with none, removes the mail. Returns 1; 0, without a change, when the record is another one
-- meanwhile.

local mails, due = KEYS[1], KEYS[2]
local id, before, after = ARGV[1], ARGV[2], ARGV[3]

if redis.call('HGET', mails, id) ~= before then return 0 end
if after == '' then
  redis.call('ZREM', due, id)
  return redis.call('HDEL', mails, id)
end
redis.call('HSET', mails, id, after)
return 1
