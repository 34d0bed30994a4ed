-- Reads since when the views of a link are summed, and the sums of some days. Returns the time, and names and values of
-- each day.

local sums, days = KEYS[1], { unpack(KEYS, 2) }

local of_days = {}
for i, day in ipairs(days) do of_days[i] = redis.call('HGETALL', day) end
return { redis.call('HGET', sums, 'from'), of_days }
