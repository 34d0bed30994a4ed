-- Closes an owner's hour that is over: what waits becomes a digest, which stays the same however often it is read, until it is
-- ended. Returns when its hour began (ms; 0: there is none), how many visits it has beside those that it lists, and these.

local hour, held, digest = KEYS[1], KEYS[2], KEYS[3]
local now, length = tonumber(ARGV[1]), tonumber(ARGV[2]) -- ms

local from, more, digest_from = unpack(redis.call('HMGET', hour, 'from', 'more', 'digest-from'))
if not digest_from then
  if not from or redis.call('EXISTS', held) == 0 or now < from + length then return { 0, 0, {} } end
  redis.call('RENAME', held, digest)
  redis.call('HSET', hour, 'digest-from', from, 'digest-more', more or 0)
  redis.call('HDEL', hour, 'from', 'sent', 'more')
  digest_from = from
end
return {
  tonumber(digest_from), tonumber(redis.call('HGET', hour, 'digest-more') or 0), redis.call('LRANGE', digest, 0, -1),
}
