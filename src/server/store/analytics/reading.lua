-- Lists who reads now: some of the viewers at a time, those too whose visits were not swept yet. Returns the time; where to go
-- on, '0': that was all; and fingerprint, e-mail address and time of joining (ms) of each, one after the other.

local cursor, count = ARGV[5], ARGV[6] -- '0': from the beginning; about how many

local scanned = redis.call('HSCAN', active, cursor, 'COUNT', count)
local readers = {}
for i = 2, #scanned[2], 2 do
  local viewer = decode(scanned[2][i], now)
  local next_place = #readers
  readers[next_place + 1] = viewer.fingerprint
  readers[next_place + 2] = viewer.email
  readers[next_place + 3] = int(viewer.joined)
end
return { now, scanned[1], readers }
