-- Adds viewers and counts their views, unless a session is active or resumes its visit. This is the second of the hot paths:
-- it reads and writes for all of them at once.
-- Returns the time, the outcome of each join in their order (joined, resumed, already or full; none where the link is gone),
-- and how many events were told whose link is to be noted. Instead of all but the time false, when the keys are another day's.

local versions, sums, sums_of_day, peak_state = KEYS[21], KEYS[22], KEYS[23], KEYS[24]
local dated_lives, max_viewers = { ARGV[9], ARGV[10], ARGV[11] }, tonumber(ARGV[12]) -- seconds; a count
local sends_mail = ARGV[13] == '1' -- the server
-- Joins of different sessions, each in so many arguments: session, page, epoch, fingerprint, e-mail address, the file's version
-- with its number of pages, traits as in a viewer's record, referrer (a host), '1' if the address is verified.
local arguments, first_of_all, per_join = ARGV, 14, 9
local newest_kept, quarter = 500, 900000 -- a count; ms

if is_another_day() then return { now, false } end

-- The link was deleted while the joins were on their way: none of its keys may come back.
if not read_link(link_record, outbox, outbox_state) then return { now, { {}, 0 } } end

end_calm()
sweep(20)

local sessions = {}
for i = first_of_all, #arguments, per_join do sessions[#sessions + 1] = arguments[i] end
local lasts = redis.call('ZMSCORE', seen, unpack(sessions))
local ends = redis.call('ZMSCORE', gone, unpack(sessions))

-- The place of a file's version in the list of those that were read. Most often it is the last one.
local latest, latest_place
local function place_of(version)
  if version ~= latest then
    latest, latest_place = version, redis.call('LLEN', versions) - 1
    if redis.call('LINDEX', versions, -1) ~= version then latest_place = redis.call('RPUSH', versions, version) - 1 end
  end
  return int(latest_place)
end

local count, new_views = count_active(), 0
local records, times, joins = {}, {}, {}
if sends_mail and mails_visits and not wants('s') then events = events .. 's' end

-- Notes what is written of a viewer at the end. The time of the join is a text.
local function write(session, record, joined)
  local at = #records
  records[at + 1], records[at + 2] = session, record
  times[at + 1], times[at + 2] = now_text, session
  joins[at + 1], joins[at + 2] = joined, session
end

-- One join. Returns its outcome.
local function join(session, last, may_resume, page, epoch, fingerprint, email, version, traits, referrer, is_verified)
  local record = last and redis.call('HGET', active, session)
  local viewer = record and last >= cutoff and decode(record, last)
  local outcome = 'already'
  epoch = tonumber(epoch)
  if viewer then
    advance(viewer, last, now)
  else
    -- Inactive, but not swept yet: its visit ends first, and may then be resumed.
    if last then end_visit(session, record and decode(record, last), last, last) end
    if last and last >= cutoff then count = count - 1 end -- It had no record.
    if count >= max_viewers then return 'full' end
    count = count + 1
    viewer = (last or may_resume) and resume(session)
    if not viewer then
      local mark = is_verified == '1' and email ~= '' and ' v' or ''
      new_views = new_views + 1
      enter_page(page)
      record = encode_new(page, epoch, place_of(version), traits, fingerprint, referrer, email) .. mark
      write(session, record, now_text)
      if events ~= '' then
        tell('s', 'n', int(count), 'r', table.concat({ traits, fingerprint, referrer, email }, ' ') .. mark)
      end
      return 'joined'
    end
    if redis.call('SISMEMBER', archived, 's:' .. session) == 1 then redis.call('HSET', peak_state, 'resumed', 1) end
    outcome = 'resumed'
  end

  local place = place_of(version)
  -- The file was replaced during the visit: its pages are others.
  if viewer.version ~= '-' and viewer.version ~= place then
    viewer.version = place
    viewer.page = 0
    forget_parts(viewer)
    if viewer.pages ~= '?' then viewer.pages = viewer.engaged > 0 and '0:' .. int(viewer.engaged) or '-' end
  end

  viewer.visible = true
  viewer.epoch = math.max(viewer.epoch, epoch)
  if fingerprint ~= '' then viewer.fingerprint = fingerprint end
  if email ~= '' then set_email(viewer, email, is_verified == '1') end
  turn_page(viewer, tonumber(page))
  write(session, encode(viewer, now), int(viewer.joined))
  return outcome
end

-- How many of the viewers had their visit left out of all numbers before they resumed it.
local function count_left_out()
  if not redis.call('HGET', peak_state, 'resumed') then return 0 end
  local left_out = 0
  for _, id in ipairs(redis.call('SMEMBERS', archived)) do
    local last = string.sub(id, 1, 2) == 's:' and redis.call('ZSCORE', seen, string.sub(id, 3))
    if last and tonumber(last) >= cutoff then left_out = left_out + 1 end
  end
  -- Until the next one resumes, no join has to look.
  if left_out == 0 then redis.call('HDEL', peak_state, 'resumed') end
  return left_out
end

-- More viewers than the peak that is shown. Those whose visit was left out raise the peak with all visits alone.
local function raise_peak(shown)
  local left_out = count_left_out()
  if left_out > 0 and count > tonumber(redis.call('HGET', peak_state, 'before') or shown) then
    redis.call('HSET', peak_state, 'before', count, 'before-at', now_text)
  end
  if count - left_out > shown then
    redis.call('SET', peak, count - left_out)
    redis.call('HSET', peak_state, 'at', now_text)
  end
end

local outcomes = {}
for i, session in ipairs(sessions) do
  local first = first_of_all + (i - 1) * per_join
  outcomes[i] = join(session, tonumber(lasts[i]), ends[i], unpack(arguments, first + 1, first + per_join - 1))
end

if new_views > 0 then
  redis.call('INCRBY', views, new_views)
  redis.call('HSETNX', sums, 'from', now_text)
  redis.call('HINCRBY', sums_of_day, int(math.floor((now - day_starts) / quarter)), new_views)
  for i, key in ipairs(dated) do
    if redis.call('INCRBY', key, new_views) == new_views then redis.call('EXPIRE', key, dated_lives[i]) end
  end
end
write_pages()

if #records > 0 then
  redis.call('HSET', active, unpack(records))
  redis.call('ZADD', seen, unpack(times))
  -- Orders the viewer list by join, not by heartbeat. Bounded, as the list is.
  redis.call('ZADD', newest, unpack(joins))
  redis.call('ZREMRANGEBYRANK', newest, 0, -(newest_kept + 1))

  local shown = tonumber(redis.call('GET', peak) or 0)
  if count > shown then raise_peak(shown) end
  note_busy(count)
  announce(live)
end
return { now, { outcomes, told } }
