-- Ends the visits of viewers who are no longer active. Returns the time, and their number.

local limit = tonumber(ARGV[7])

local swept = sweep(limit)
if swept > 0 then announce(live) end
return { now, swept }
