-- Counts a request that is not a reader's: a bot's, a link preview's, a page loaded ahead.
-- Returns the count; 0 when the link has no record.

local filtered, link_record, live = KEYS[1], KEYS[2], KEYS[3]

if redis.call('EXISTS', link_record) == 0 then return 0 end
local count = redis.call('INCR', filtered)
announce(live)
return count
