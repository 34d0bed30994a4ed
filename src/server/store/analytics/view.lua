-- Shared by the scripts that count or read views, in total and by day, week and month.

local views, peak, filtered, dated = KEYS[12], KEYS[13], KEYS[14], { KEYS[15], KEYS[16], KEYS[17] }
local day_starts, day_ends = tonumber(ARGV[7]), tonumber(ARGV[8]) -- ms

-- The app names the three dated keys by its guess of the time. When Redis' clock says another day, the script
-- does nothing but return the time, and the app calls again.
local function is_another_day()
  return now < day_starts or now >= day_ends
end

local function count_active()
  return redis.call('ZCOUNT', seen, int(cutoff), '+inf')
end
