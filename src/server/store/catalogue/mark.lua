-- Says in the record of a link which events its owner's channels want. Returns 1; 0, when there is no record, or when it says
-- so of a later time already.

local record = KEYS[1]
local generation, events = tonumber(ARGV[1]), ARGV[2] -- of the channels; letters, see analytics/outbox.lua

if redis.call('EXISTS', record) == 0 then return 0 end
if generation < tonumber(redis.call('HGET', record, 'events-as-of') or 0) then return 0 end
redis.call('HSET', record, 'events', events, 'events-as-of', int(generation))
return 1
