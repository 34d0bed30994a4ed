-- Reads the latest deliveries of a channel, the newest first: ids and records in turn.

local deliveries, log = KEYS[1], KEYS[3]
local most = tonumber(ARGV[1])

local ids = redis.call('ZREVRANGE', log, 0, most - 1)
if #ids == 0 then return {} end
local found = {}
for i, record in ipairs(redis.call('HMGET', deliveries, unpack(ids))) do
  if record then
    found[#found + 1] = ids[i]
    found[#found + 1] = record
  end
end
return found
