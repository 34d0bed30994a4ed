-- The numbers of a link that lists need. Returns the time, active viewers, total views and the count of changes of past
-- visits. Changes nothing.

local seen, views, history = KEYS[1], KEYS[2], KEYS[3]
local clock, inactive_after = ARGV[1], tonumber(ARGV[2]) -- see unix_ms; ms

local now = unix_ms(clock)
return {
  now, redis.call('ZCOUNT', seen, int(now - inactive_after), '+inf'), tonumber(redis.call('GET', views) or 0),
  tonumber(redis.call('GET', history) or 0),
}
