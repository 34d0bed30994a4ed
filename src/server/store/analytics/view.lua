-- Shared by the scripts that count or read views, in total and by day, week and month.

local views, peak, filtered, dated = KEYS[15], KEYS[16], KEYS[17], { KEYS[18], KEYS[19], KEYS[20] }
local day_starts, day_ends = tonumber(ARGV[7]), tonumber(ARGV[8]) -- ms

-- The app names the three dated keys by its guess of the time. When Redis' clock says another day, the script
-- does nothing but return the time, and the app calls again.
local function is_another_day()
  return now < day_starts or now >= day_ends
end
