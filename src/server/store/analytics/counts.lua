-- The two numbers of a link that lists show. Returns the time, active viewers and total views. Changes nothing.

local seen, views = KEYS[1], KEYS[2]
local clock, inactive_after = ARGV[1], tonumber(ARGV[2]) -- see unix_ms; ms

local now = unix_ms(clock)
return {
  now, redis.call('ZCOUNT', seen, int(now - inactive_after), '+inf'), tonumber(redis.call('GET', views) or 0),
}
