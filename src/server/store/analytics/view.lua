-- The counted views, and the day, week and month they are counted under.

local views, peak, filtered, dated = KEYS[10], KEYS[11], KEYS[12], { KEYS[13], KEYS[14], KEYS[15] }

-- The app names the three dated keys after what it believes the time to be. Where Redis' clock says another
-- day, nothing is done and the app, told the time, asks again.
local function another_day()
  return now < tonumber(ARGV[5]) or now >= tonumber(ARGV[6])
end

local function count_active()
  return redis.call('ZCOUNT', seen, int(cutoff), '+inf')
end
