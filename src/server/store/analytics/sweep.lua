-- Ends the visits of viewers that stopped beating, ARGV[5] at most. Returns the time, and how many.

local swept = sweep(tonumber(ARGV[5]))
if swept > 0 then announce() end
return { now, swept }
