-- Changes which sealed files count, together with the tail. Returns 1; 0 when the visits have changed since the caller
-- read them, when the file was written for too long, or when the link was deleted. Nothing is changed then.

local link_record, sealed, writing, generation, visits = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local downloads, archived, sums, sums_of_day = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local history, live = KEYS[10], KEYS[11]
-- The views in all, and those of the day, week and month in which the visit began.
local counted = { KEYS[12], KEYS[13], KEYS[14], KEYS[15] }
local clock, expected = ARGV[1], ARGV[2]
-- A new file, or '' and ''.
local name, statistics = ARGV[3], ARGV[4]
-- A visit of the tail, or '', to leave out of all numbers ('1') or to take back (''); its entry in either stream, or ''.
local visit, is_archived, entry, download = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
-- By how much the views of a quarter-hour change, and when the visit began; '' for no change.
local change, quarter, joined = ARGV[9], ARGV[10], tonumber(ARGV[11])
-- '1' if the owner sees the change, '' if visits only move.
local is_seen = ARGV[12]
-- How many of each come behind: files that no longer count, visits and downloads that are sealed, ids of both as the
-- owner's pages have them.
local of_files, of_visits, of_downloads, arguments = tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15]), ARGV

if redis.call('EXISTS', link_record) == 0 then return 0 end
if (redis.call('GET', generation) or '0') ~= expected then return 0 end
if name ~= '' then
  local lease = tonumber(redis.call('ZSCORE', writing, name))
  if not lease or lease < unix_ms(clock) then return 0 end
end

-- Resumed since: a visit that goes on has no entry.
local function is_gone(stream, id)
  return id ~= '' and #redis.call('XRANGE', stream, id, id) == 0
end
if is_gone(visits, entry) or is_gone(downloads, download) then return 0 end

-- In parts, because a call takes some thousand arguments at most.
local function remove(command, key, from, to)
  while from <= to do
    local last = math.min(from + 999, to)
    redis.call(command, key, unpack(arguments, from, last))
    from = last + 1
  end
  return to + 1
end

local from = remove('HDEL', sealed, 16, 15 + of_files)
from = remove('XDEL', visits, from, from + of_visits - 1)
from = remove('XDEL', downloads, from, from + of_downloads - 1)
remove('SREM', archived, from, #arguments)
if name ~= '' then
  redis.call('ZREM', writing, name)
  redis.call('HSET', sealed, name, statistics)
end
if visit ~= '' then redis.call(is_archived == '1' and 'SADD' or 'SREM', archived, visit) end
if change ~= '' then
  local since = tonumber(redis.call('HGET', sums, 'from'))
  if since and joined >= since then redis.call('HINCRBY', sums_of_day, quarter, change) end
  -- What the widget shows. A number of days that are long past is no longer kept, and does not come back.
  for _, key in ipairs(counted) do
    local count = tonumber(redis.call('GET', key))
    if count then redis.call('INCRBY', key, math.max(tonumber(change), -count)) end
  end
end
redis.call('INCR', generation)
if is_seen == '1' then
  redis.call('INCR', history)
  announce(live)
end
return 1
