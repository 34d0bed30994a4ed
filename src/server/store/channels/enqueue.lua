-- Adds a delivery that is due at once. Drops the oldest beyond a number, and those that were settled long ago.
-- Returns 1, or 0 when it was there; and how many were dropped unsent.

local deliveries, queue, log, state = KEYS[1], KEYS[2], KEYS[3], KEYS[5]
local id, record, now = ARGV[1], ARGV[2], tonumber(ARGV[3]) -- now in ms
local kept, life = tonumber(ARGV[4]), tonumber(ARGV[5]) -- a count; ms

if redis.call('HEXISTS', deliveries, id) == 1 then return { 0, 0 } end
local dropped = 0

local function drop(old)
  redis.call('HDEL', deliveries, old)
  redis.call('ZREM', log, old)
  dropped = dropped + redis.call('ZREM', queue, old)
end

if redis.call('ZCARD', log) >= kept then drop(redis.call('ZRANGE', log, 0, 0)[1]) end
for _, old in ipairs(redis.call('ZRANGEBYSCORE', log, '-inf', int(now - life), 'LIMIT', 0, 10)) do
  if not redis.call('ZSCORE', queue, old) then drop(old) end
end
redis.call('HSET', deliveries, id, record)
redis.call('ZADD', queue, int(now), id)
redis.call('ZADD', log, int(now), id)
if dropped > 0 then redis.call('HINCRBY', state, 'dropped', dropped) end
-- What no event comes to any more goes away by itself.
for _, key in ipairs({ deliveries, queue, log, state }) do redis.call('PEXPIRE', key, int(8 * life)) end
return { 1, dropped }
