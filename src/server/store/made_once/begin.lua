-- Begins a request with an idempotency key. Returns '' when it may run, and otherwise the record of the first one.

local records, by_time = KEYS[1], KEYS[2] -- hash: digest of a key to record; sorted set: digest to when it began
local digest, token, clock = ARGV[1], ARGV[2], ARGV[3]
local lease, keep, most = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]) -- milliseconds, milliseconds, records

local function forget(digests)
  for _, old in ipairs(digests) do
    redis.call('HDEL', records, old)
    redis.call('ZREM', by_time, old)
  end
end

local now = unix_ms(clock)
forget(redis.call('ZRANGE', by_time, '-inf', int(now - keep), 'BYSCORE', 'LIMIT', 0, 100))
local record = redis.call('HGET', records, digest)
if record then
  local ends = string.match(record, '^running [^ ]+ (%d+)$')
  if not ends or tonumber(ends) > now then return record end
end
local over = redis.call('ZCARD', by_time) + 1 - most
if over > 0 then forget(redis.call('ZRANGE', by_time, 0, over - 1)) end
redis.call('HSET', records, digest, table.concat({ 'running', token, int(now + lease) }, ' '))
redis.call('ZADD', by_time, int(now), digest)
redis.call('PEXPIRE', records, int(keep))
redis.call('PEXPIRE', by_time, int(keep))
return ''
