-- Writes how far a delivery is, and unlocks its channel. Returns 1; 0, when the delivery was dropped meanwhile.

local deliveries, queue, lock, state = KEYS[1], KEYS[2], KEYS[4], KEYS[5]
local id, record, next_time, token = ARGV[1], ARGV[2], ARGV[3], ARGV[4] -- ms, '': not again; of the lock, '': none
local attempt, now = ARGV[5], tonumber(ARGV[6]) -- delivered, failed or wanted; ms
local first_pause, longest_pause = tonumber(ARGV[7]), tonumber(ARGV[8]) -- ms

if token ~= '' and redis.call('GET', lock) == token then redis.call('DEL', lock) end
if attempt == 'failed' then
  local failures = redis.call('HINCRBY', state, 'failures', 1)
  local pause = math.min(first_pause * 2 ^ math.min(failures - 1, 20), longest_pause)
  redis.call('HSET', state, 'paused', int(now + pause))
else
  redis.call('HDEL', state, 'failures', 'paused')
end
if redis.call('HEXISTS', deliveries, id) == 0 then
  redis.call('ZREM', queue, id)
  return 0
end
if record ~= '' then redis.call('HSET', deliveries, id, record) end
if next_time == '' then
  redis.call('ZREM', queue, id)
else
  redis.call('ZADD', queue, next_time, id)
end
return 1
