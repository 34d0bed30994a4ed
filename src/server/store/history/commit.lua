-- Changes which sealed files count, together with the tail, the marks of visits and the numbers of views. Returns 1; 0 when the
-- visits have changed since the caller read them, when a file was written for too long, or when the link was deleted. Nothing
-- is changed then.

local link_record, sealed, writing, generation, visits = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local downloads, archived, history, live, corrections = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local peak, peak_state = KEYS[11], KEYS[12]
-- From the thirteenth on: numbers of views that change, then the sums of days that do.
local first_count = 13
local clock, expected = ARGV[1], ARGV[2]
-- '1' if the owner sees the change, '' if visits only move.
local is_seen = ARGV[3]
-- Whether marked visits of the tail are left out of all numbers, '1' or ''.
local leaves_out = ARGV[4]
-- The id of a correction, or '', and what is noted of it; '': it is forgotten.
local correction, record = ARGV[5], ARGV[6]
-- The peak among visits that are not left out, or '' where it stays; when it was reached, ms; whether some are left out, '1'
-- or ''.
local new_peak, new_peak_at, leaves_some_out = tonumber(ARGV[7]), ARGV[8], ARGV[9] == '1'
-- How many of each come behind.
local of_added, of_removed = tonumber(ARGV[10]), tonumber(ARGV[11]) -- files; the added ones each with its statistics
-- Visits and downloads that are sealed, and the ids of both as the owner's pages have them.
local of_sealed_visits, of_sealed_downloads, of_sealed = tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])
-- The same of those that are marked; then `s:` with the sessions of left out visits that go on and are taken back.
local of_marked_visits, of_marked_downloads, of_marked = tonumber(ARGV[15]), tonumber(ARGV[16]), tonumber(ARGV[17])
local of_running = tonumber(ARGV[18])
-- By how much each number of views changes; the place of the sums of a day, a quarter-hour and by how much it changes.
local of_counts, of_sums = tonumber(ARGV[19]), tonumber(ARGV[20])
local keys, arguments = KEYS, ARGV

-- Where each kind begins.
local added = 21
local removed = added + 2 * of_added
local sealed_visits = removed + of_removed
local sealed_downloads = sealed_visits + of_sealed_visits
local sealed_ids = sealed_downloads + of_sealed_downloads
local marked_visits = sealed_ids + of_sealed
local marked_downloads = marked_visits + of_marked_visits
local marked_ids = marked_downloads + of_marked_downloads
local running = marked_ids + of_marked
local counts = running + of_running
local sums = counts + of_counts

if redis.call('EXISTS', link_record) == 0 then return 0 end
if (redis.call('GET', generation) or '0') ~= expected then return 0 end
local now = unix_ms(clock)
for i = added, removed - 1, 2 do
  local lease = tonumber(redis.call('ZSCORE', writing, arguments[i]))
  if not lease or lease < now then return 0 end
end

-- Resumed since: a visit that goes on has no entry.
local function are_there(stream, from, count)
  for i = from, from + count - 1 do
    if #redis.call('XRANGE', stream, arguments[i], arguments[i]) == 0 then return false end
  end
  return true
end
if not are_there(visits, marked_visits, of_marked_visits) then return 0 end
if not are_there(downloads, marked_downloads, of_marked_downloads) then return 0 end
-- Ended since: the finished visit has the mark.
for i = running, counts - 1 do
  if redis.call('SISMEMBER', archived, arguments[i]) == 0 then return 0 end
end

-- In parts, because a call takes some thousand arguments at most.
local function each(command, key, from, count)
  local to = from + count - 1
  while from <= to do
    local last = math.min(from + 999, to)
    redis.call(command, key, unpack(arguments, from, last))
    from = last + 1
  end
end

each('HDEL', sealed, removed, of_removed)
each('XDEL', visits, sealed_visits, of_sealed_visits)
each('XDEL', downloads, sealed_downloads, of_sealed_downloads)
each('SREM', archived, sealed_ids, of_sealed)
for i = added, removed - 1, 2 do
  redis.call('ZREM', writing, arguments[i])
  redis.call('HSET', sealed, arguments[i], arguments[i + 1])
end
each(leaves_out == '1' and 'SADD' or 'SREM', archived, marked_ids, of_marked + of_running)
if correction ~= '' then
  if record == '' then
    redis.call('HDEL', corrections, correction)
  else
    redis.call('HSET', corrections, correction, record)
  end
end
for i = 0, of_counts - 1 do
  -- What the widget shows. A number of days that are long past is no longer kept, and does not come back.
  local key = keys[first_count + i]
  local count = tonumber(redis.call('GET', key))
  if count then redis.call('INCRBY', key, math.max(tonumber(arguments[counts + i]), -count)) end
end
for i = sums, sums + 3 * of_sums - 1, 3 do
  local day = keys[first_count + of_counts - 1 + arguments[i]]
  redis.call('HINCRBY', day, arguments[i + 1], arguments[i + 2])
end
if new_peak then
  -- The peak with all visits: a join may have raised the shown one since it was lowered.
  local shown = tonumber(redis.call('GET', peak) or 0)
  local state = redis.call('HMGET', peak_state, 'at', 'before', 'before-at', 'resumed')
  local shown_at, whole, whole_at, resumed = unpack(state)
  whole = tonumber(whole)
  if not whole or shown > whole then whole, whole_at = shown, shown_at end
  local count, at = whole, whole_at
  if leaves_some_out and new_peak < whole then count, at = new_peak, new_peak_at end
  redis.call('SET', peak, count)
  redis.call('DEL', peak_state)
  if at and at ~= '' then redis.call('HSET', peak_state, 'at', at) end
  if leaves_some_out then redis.call('HSET', peak_state, 'before', whole, 'before-at', whole_at or '') end
  if resumed then redis.call('HSET', peak_state, 'resumed', resumed) end
end
redis.call('INCR', generation)
if is_seen == '1' then
  redis.call('INCR', history)
  announce(live)
end
return 1
