-- Adds a viewer and counts a view, unless the session is active or resumes its visit.
-- Returns the time and the outcome: joined, resumed, already, full or no_link, with `!` behind it when the link is to be noted
-- among those with events. Instead of the outcome nil, when the keys are another day's.

local versions, sums, sums_of_day, peak_state = KEYS[21], KEYS[22], KEYS[23], KEYS[24]
local session, page, epoch, fingerprint, email = ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11]), ARGV[12], ARGV[13]
local dated_lives, max_viewers = { ARGV[14], ARGV[15], ARGV[16] }, tonumber(ARGV[17]) -- seconds; a count
-- The file's version and its number of pages; as in a viewer's record; a host.
local version, traits, referrer = ARGV[18], ARGV[19], ARGV[20]
local is_verified = ARGV[21] == '1' -- the e-mail address
local sends_mail = ARGV[22] == '1' -- the server
local newest_kept, quarter = 500, 900000 -- a count; ms

if is_another_day() then return { now, false } end

-- The link was deleted while the join was on its way: none of its keys may come back.
if not read_link(link_record, outbox, outbox_state) then return { now, 'no_link' } end

end_calm()
sweep(20)

local viewer, last = find_viewer(session)
local outcome, count = 'already', nil
if viewer then
  advance(viewer, last, now)
  count = count_active()
else
  -- Inactive, but not swept yet: its visit ends first, and may then be resumed.
  if last then
    local record = redis.call('HGET', active, session)
    end_visit(session, record and decode(record, last), last, last)
  end
  count = count_active() + 1
  if count > max_viewers then return { now, told > 0 and 'full!' or 'full' } end
  viewer = resume(session)
  outcome = 'resumed'
end

-- The place of the file's version in the list of those that were read. Most often it is the last one.
local latest = redis.call('LLEN', versions) - 1
if redis.call('LINDEX', versions, -1) ~= version then latest = redis.call('RPUSH', versions, version) - 1 end
latest = int(latest)

if not viewer then
  redis.call('INCR', views)
  redis.call('HSETNX', sums, 'from', int(now))
  redis.call('HINCRBY', sums_of_day, int(math.floor((now - day_starts) / quarter)), 1)
  for i, key in ipairs(dated) do
    if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, dated_lives[i]) end
  end
  viewer = {
    page = 0, joined = now, engaged = 0, epoch = 0, version = latest, traits = traits, downloaded = '-',
    pages = '-', fingerprint = '', referrer = referrer, email = '',
  }
  outcome = 'joined'
end
local is_new = outcome == 'joined'

-- The file was replaced during the visit: its pages are others.
if viewer.version ~= '-' and viewer.version ~= latest then
  viewer.version = latest
  viewer.page = 0
  forget_parts(viewer)
  if viewer.pages ~= '?' then viewer.pages = viewer.engaged > 0 and '0:' .. int(viewer.engaged) or '-' end
end

viewer.visible = true
viewer.epoch = math.max(viewer.epoch, epoch)
if fingerprint ~= '' then viewer.fingerprint = fingerprint end
if email ~= '' then set_email(viewer, email, is_verified) end
turn_page(viewer, page)
write_pages()
store_viewer(session, viewer)

-- Orders the viewer list by join, not by heartbeat. Bounded, as the list is.
redis.call('ZADD', newest, int(viewer.joined), session)
redis.call('ZREMRANGEBYRANK', newest, 0, -(newest_kept + 1))

local shown = tonumber(redis.call('GET', peak) or 0)
if count > shown then
  -- Viewers whose visit was left out of all numbers before they resumed it raise the peak with all visits alone.
  local left_out = 0
  for _, id in ipairs(redis.call('SMEMBERS', archived)) do
    local last = string.sub(id, 1, 2) == 's:' and redis.call('ZSCORE', seen, string.sub(id, 3))
    if last and tonumber(last) >= cutoff then left_out = left_out + 1 end
  end
  if left_out > 0 and count > tonumber(redis.call('HGET', peak_state, 'before') or shown) then
    redis.call('HSET', peak_state, 'before', count, 'before-at', int(now))
  end
  if count - left_out > shown then
    redis.call('SET', peak, count - left_out)
    redis.call('HSET', peak_state, 'at', int(now))
  end
end
if is_new and sends_mail and mails_visits and not wants('s') then events = events .. 's' end
if is_new and events ~= '' then
  local reader = table.concat({ viewer.traits, viewer.fingerprint, referrer, viewer.email }, ' ')
  tell('s', 'n', int(count), 'r', reader .. verified_mark(viewer))
end
note_busy(count)
announce(live)
return { now, told > 0 and outcome .. '!' or outcome }
