-- Ends the visits of viewers who are no longer active, and tells of what has become final meanwhile.
-- Returns the time; the number of viewers, of visits that became final, of events that wait in the outbox, and when the link
-- has more to tell (ms; 0: not).

local limit = tonumber(ARGV[7])

read_link(link_record, outbox, outbox_state)
local swept = sweep(limit)
local settled = wants('f') and settle_gone(limit) or 0
note_busy()
if swept > 0 then announce(live) end
return { now, { swept, settled, redis.call('XLEN', outbox), tells_next() } }
