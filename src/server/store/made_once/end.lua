-- Ends a request that `begin` let run: keeps its record, or with '' none. Does nothing once another may run.

local records, by_time = KEYS[1], KEYS[2]
local digest, token, kept = ARGV[1], ARGV[2], ARGV[3]

local record = redis.call('HGET', records, digest)
if not record or string.match(record, '^running ([^ ]+)') ~= token then return end
if kept ~= '' then
  redis.call('HSET', records, digest, kept)
else
  redis.call('HDEL', records, digest)
  redis.call('ZREM', by_time, digest)
end
